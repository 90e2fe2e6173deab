import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import known from "../fixtures/data-folder-0.1.0/known.json";
import { tempFolder } from "./temp-folder.ts";

const FIXTURE = join(import.meta.dir, "../fixtures/data-folder-0.1.0");

/** A copy of the data folder that version 0.1.0 made, and what its clients knew. */
export interface OldDataFolder extends Disposable {
  path: string;
  known: typeof known;
}

/** Unpacks the data folder of version 0.1.0, which is deleted at the end of the scope. */
export function copyDataFolder(): OldDataFolder {
  const folder = tempFolder();
  const write = (name: string, bytes: Uint8Array) =>
    writeFileSync(join(folder.path, name), bytes, { mode: 0o600 });
  write("data.mdb", gunzipSync(readFileSync(join(FIXTURE, "data.mdb.gz"))));
  for (const name of ["master.key", "admin.key"]) write(name, readFileSync(join(FIXTURE, name)));
  return { path: folder.path, known, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
