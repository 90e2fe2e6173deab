import * as lmdb from "lmdb";
import { DamagedData } from "../../../core/errors.ts";
import type { Inspection } from "../../settings.ts";
import { type Meta, PageFile } from "./page-file.ts";
import { type Damage, LIST_OF_FREE_PAGES, walkPages } from "./tree-walk.ts";

/** How long a start may read pages, in milliseconds, once it has read so many. */
const QUICK_MS = 150;
const QUICK_PAGES = 10_000;
/** Damages that an error names one by one. */
const NAMED = 3;

function damaged(path: string, places: readonly string[]): DamagedData {
  const rest = places.length > NAMED ? [`and ${places.length - NAMED} more places`] : [];
  return new DamagedData(
    `${path} is damaged: ${[...places.slice(0, NAMED), ...rest].join("; ")}. Move its folder away and restore a backup (waferd restore), or save what is whole (waferd export) and import that into a new --data-dir`,
    places,
  );
}

/** @throws DamagedData when the snapshot cannot be opened without a crash */
export function inspectMeta(file: PageFile): Meta {
  const meta = file.meta();
  if (typeof meta !== "string") return meta;
  throw damaged(file.path, [meta]);
}

/**
 * Reads the pages of the latest snapshot, which the caller protects by a read transaction.
 *
 * @throws DamagedData
 */
export function inspectPages(path: string, inspection: Inspection): void {
  if (inspection === "none") return;
  using file = new PageFile(path);
  const end = performance.now() + QUICK_MS;
  const damages: Damage[] = [];
  let pages = 0;
  walkPages(file, inspectMeta(file), {
    onRecord: (_table, key) => keyProblem(key),
    onDamage: (damage) => damages.push(damage),
    isOver(more) {
      pages += more;
      return inspection === "quick" && pages > QUICK_PAGES && performance.now() > end;
    },
  });
  if (damages.length > 0) throw damaged(path, damages.map(describeDamage));
}

/** Describes a damage for people: `page 7 (sessions, from a to b): it cannot be read`. */
export function describeDamage({ table, page, problem, from, to }: Damage): string {
  const hasTexts = table !== LIST_OF_FREE_PAGES;
  const start = hasTexts && from !== null ? `, from ${keyText(from)}` : "";
  const end = hasTexts && to !== null ? `, before ${keyText(to)}` : "";
  return `page ${page} (${table}${start}${end}): ${problem}`;
}

/** Returns the problem of a key, on which lmdb would throw anything; null when there is none. */
export function keyProblem(bytes: Buffer): string | null {
  if (bytes.length === 0) return "it has no key";
  try {
    bufferToKeyValue(bytes);
    return null;
  } catch {
    return "its key cannot be read";
  }
}

function keyText(bytes: Buffer): string {
  try {
    const key = bufferToKeyValue(bytes);
    const text = Array.isArray(key) ? key.map(String).join(":") : String(key);
    return isPrintable(text) ? text : bytes.toString("hex");
  } catch {
    return bytes.toString("hex");
  }
}

/** A function of lmdb for which it has no type. */
const { bufferToKeyValue } = lmdb as unknown as { bufferToKeyValue(bytes: Buffer): unknown };

const isPrintable = (text: string): boolean => /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(text);
