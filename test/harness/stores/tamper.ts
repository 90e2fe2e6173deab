import { open } from "lmdb";
import { layOut } from "../../../src/store/lmdb/environment.ts";
import { sessionLayout } from "../../../src/store/lmdb/session-layout.ts";

/**
 * Changes a stored record without the running server's knowledge, as a faulty disk or a person
 * might.
 */
export async function tamper(
  dataDir: string,
  table: string,
  key: string,
  // biome-ignore lint/suspicious/noExplicitAny: the records depend on the table
  change: (record: any) => object,
): Promise<void> {
  const env = open({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  const database = env.openDB<object, string>({ name: table, encoding: "msgpack" });
  if (table === "sessions") layOut(database, sessionLayout);
  const record = database.get(key);
  if (record === undefined) throw new Error(`no ${key} in ${table}`);
  await database.put(key, change(record));
  await env.close();
}

/** Breaks the JSON of a stored session's profile, which is at the end of the record. */
export async function damageProfile(dataDir: string, id: string): Promise<void> {
  const env = open({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  const database = env.openDB<Uint8Array, string>({ name: "sessions", encoding: "binary" });
  const bytes = database.get(id);
  if (bytes === undefined) throw new Error(`no ${id} in sessions`);
  await database.put(id, bytes.with(-1, 0));
  await env.close();
}

/** Turns a data folder with one session into one that a build before format 2 wrote. */
export async function asFormat1(dataDir: string, id: string): Promise<void> {
  const env = open({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  const meta = env.openDB<object, string>({ name: "meta", encoding: "msgpack" });
  await meta.put("store", { ...meta.get("store"), format: 1 });
  const byPlaces = env.openDB<object, string>({ name: "sessions", encoding: "msgpack" });
  const msgpack = env.openDB<object, string>({ name: "sessions", encoding: "msgpack" });
  layOut(byPlaces, sessionLayout);
  const record = byPlaces.get(id);
  if (record === undefined) throw new Error(`no ${id} in sessions`);
  await msgpack.put(id, { ...record });
  await env.close();
}

/** Reads the format of a data folder, and the encoding of one of its sessions. */
export async function formatsIn(
  dataDir: string,
  id: string,
): Promise<{ folder: number | undefined; session: "by places" | "msgpack" }> {
  const env = open({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  const meta = env.openDB<{ format: number }, string>({ name: "meta", encoding: "msgpack" });
  const sessions = env.openDB<Uint8Array, string>({ name: "sessions", encoding: "binary" });
  const folder = meta.get("store")?.format;
  const session = sessions.get(id)?.[0] === sessionLayout.mark ? "by places" : "msgpack";
  await env.close();
  return { folder, session };
}
