import { isAppid } from "../core/apps/app.ts";
import { appKeyPrefix } from "../core/credentials/kinds.ts";
import { StartError } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/sessions/user-info.ts";
import type { Moved, MoveSource, Unreadable } from "../core/transfer/transfer.ts";
import { type Sealer, UnsealError } from "../crypto/seal.ts";
import { EXPORT_VERSION, exportPlace } from "./export-line.ts";
import { Members } from "./export-members.ts";
import { isKind, readRecord } from "./export-record.ts";
import { type FoundFile, readBytes, unpackedSize } from "./file-bytes.ts";
import { CutOffError } from "./gzip.ts";
import { inLines, type Line, MAX_LINE_BYTES } from "./lines.ts";
import { inPortions } from "./portions.ts";
import { RowError, readOrTell } from "./row.ts";

/** The average size of a record in bytes, about, to estimate their number. */
const RECORD_BYTES = 600;

/** Records with an invalid appid are read, so that they are reported. */
const namesApp = ({ appid: named }: JsonObject, appid: string): boolean =>
  typeof named !== "string" || !isAppid(named) || named === appid;

/** Whether a record of each kind belongs to an app. */
const BELONGS: Record<Moved["kind"], (record: JsonObject, appid: string) => boolean> = {
  app: namesApp,
  agent: () => false,
  session: namesApp,
  credential: ({ key }, appid) => String(key).startsWith(appKeyPrefix(appid)),
  serviceKey: () => false,
  audit: () => false,
};

/** A file of `waferd export`, compressed by gzip or not. */
export class ExportSource implements MoveSource {
  readonly #file;
  readonly #appid;
  readonly #sealer;
  /** Whether a sealed value was opened, which proves the key. */
  #isKeyProven = false;
  #isAppFound = false;

  /**
   * @param appid the app to import; null imports all apps
   * @param sealer has the master key of the exporting server; null when there is none
   */
  constructor(file: FoundFile, appid: string | null, sealer: Sealer | null) {
    this.#file = file;
    this.#appid = appid;
    this.#sealer = sealer;
  }

  get name(): string {
    return this.#file.path;
  }

  async estimate(): Promise<number | null> {
    return Math.ceil(unpackedSize(this.#file) / RECORD_BYTES);
  }

  portions(): AsyncIterable<(Moved | Unreadable)[]> {
    return inPortions(this.#batches());
  }

  async close(): Promise<void> {}

  async *#batches(): AsyncGenerator<(Moved | Unreadable)[]> {
    let records = 0;
    let end: JsonObject | null = null;
    let damage = "its last line is missing";
    try {
      for await (const lines of inLines(readBytes(this.#file))) {
        const things: (Moved | Unreadable)[] = [];
        for (const line of lines) {
          if (line.number === 1) this.#readHeader(line);
          else if (line.text?.trim() === "") continue;
          else if (end !== null) things.push(unreadable(line, "it follows the end of the export"));
          else {
            const found = this.#read(line);
            if ("end" in found) end = found.end;
            else {
              records += 1;
              things.push(...found.things);
            }
          }
        }
        yield things;
      }
    } catch (error) {
      if (!(error instanceof CutOffError)) throw error;
      damage = error.message;
    }
    if (this.#appid !== null && !this.#isAppFound)
      throw new StartError(`${this.name} has no app ${this.#appid}`);
    const what = "the end of the file";
    if (end === null)
      yield [{ kind: "unreadable", what, reason: `the export was cut off: ${damage}` }];
    else if (end["records"] !== records)
      yield [
        { kind: "unreadable", what, reason: `of ${end["records"]} records there are ${records}` },
      ];
  }

  #readHeader({ text }: Line): void {
    const header = parse(text ?? "");
    if (header?.["waferd"] !== "export")
      throw new StartError(
        `${this.name} is not a file of waferd export: its first line does not say so`,
      );
    if (header["version"] !== EXPORT_VERSION)
      throw new StartError(
        `${this.name} has version ${header["version"]} of the export format, and this waferd reads version ${EXPORT_VERSION} only: import it with a newer waferd`,
      );
    if (header["secrets"] === "sealed" && this.#sealer === null) throw this.#otherKey();
  }

  #read(line: Line): { end: JsonObject } | { things: (Moved | Unreadable)[] } {
    if (line.text === null)
      return { things: [unreadable(line, `it is longer than ${MAX_LINE_BYTES} bytes`)] };
    const record = parse(line.text);
    if (record === null) return { things: [unreadable(line, "it is not a JSON object")] };
    const { kind } = record;
    if (kind === "end") return { end: record };
    if (!isKind(kind)) return { things: [unreadable(line, "its kind is unknown")] };
    if (!this.#wants(kind, record)) return { things: [] };
    const open = (sealed: string, key: string, name: string): string =>
      this.#unseal(sealed, exportPlace(kind, key, name), name);
    return {
      things: readOrTell<Moved | Unreadable>(nameOf(line), () => [
        readRecord(kind, new Members(record, open)),
      ]),
    };
  }

  #wants(kind: Moved["kind"], record: JsonObject): boolean {
    if (this.#appid === null) return true;
    if (kind === "app" && record["appid"] === this.#appid) this.#isAppFound = true;
    return BELONGS[kind](record, this.#appid);
  }

  #unseal(sealed: string, place: string, name: string): string {
    if (this.#sealer === null) throw this.#otherKey();
    try {
      const text = this.#sealer.open(Buffer.from(sealed, "base64"), place);
      this.#isKeyProven = true;
      return text;
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      if (!this.#isKeyProven) throw this.#otherKey();
      throw new RowError(`${name} was altered, or sealed for another record`);
    }
  }

  #otherKey(): StartError {
    return new StartError(
      `${this.name} is sealed with another master key: set WAFERD_MASTER_KEY to the exporting server's, or export with --clear-secrets`,
    );
  }
}

const nameOf = ({ number }: Line): string => `line ${number}`;
const unreadable = (line: Line, reason: string): Unreadable => ({
  kind: "unreadable",
  what: nameOf(line),
  reason,
});

/** Parses a JSON object; null when the text is something else. */
function parse(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
