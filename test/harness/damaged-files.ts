import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The size of a page in files that a machine with such pages made. */
export const PAGE = 4096;

/** A kind of damage to a file of LMDB. */
export type DamageKind = keyof typeof DAMAGES;

/** Numbers from 0 to 1, the same for the same seed. */
export type Dice = () => number;

/** Returns a generator of numbers (mulberry32), so that a damaged file can be made again. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (roll: Dice, end: number): number => Math.floor(roll() * end);
const pageOf = (bytes: Buffer, roll: Dice, first = 2): number =>
  first + below(roll, Math.floor(bytes.length / PAGE) - first);

/** Ways in which disks, copies and people damage files. Each changes the bytes of a data.mdb. */
export const DAMAGES = {
  "a page of zeros": (bytes: Buffer, roll: Dice) => {
    const page = pageOf(bytes, roll);
    return bytes.fill(0, page * PAGE, (page + 1) * PAGE);
  },
  "a page of random bytes": (bytes: Buffer, roll: Dice) => {
    const page = pageOf(bytes, roll);
    for (let at = page * PAGE; at < (page + 1) * PAGE; at += 1) bytes[at] = below(roll, 256);
    return bytes;
  },
  "a page with another's contents": (bytes: Buffer, roll: Dice) => {
    const [from, to] = [pageOf(bytes, roll), pageOf(bytes, roll)];
    bytes.copy(bytes, to * PAGE, from * PAGE, (from + 1) * PAGE);
    return bytes;
  },
  "random bytes within a page's header": (bytes: Buffer, roll: Dice) => {
    const page = pageOf(bytes, roll);
    for (let byte = 0; byte < 3; byte += 1) bytes[page * PAGE + below(roll, 24)] = below(roll, 256);
    return bytes;
  },
  "a page of a later transaction": (bytes: Buffer, roll: Dice) => {
    bytes[pageOf(bytes, roll) * PAGE + 8 + 6] = 1;
    return bytes;
  },
  "random bytes within a page's list": (bytes: Buffer, roll: Dice) => {
    const page = pageOf(bytes, roll);
    for (let byte = 0; byte < 3; byte += 1)
      bytes[page * PAGE + 24 + below(roll, 24)] = below(roll, 256);
    return bytes;
  },
  "a sector of zeros": (bytes: Buffer, roll: Dice) => {
    const at = below(roll, Math.floor(bytes.length / 512)) * 512;
    return bytes.fill(0, at, at + 512);
  },
  "flipped bits": (bytes: Buffer, roll: Dice) => {
    for (let bit = 0; bit < 5; bit += 1) {
      const at = below(roll, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(roll, 8));
    }
    return bytes;
  },
  "the first meta page": (bytes: Buffer, roll: Dice) => {
    for (let byte = 0; byte < 8; byte += 1) bytes[below(roll, 200)] = below(roll, 256);
    return bytes;
  },
  "the second meta page": (bytes: Buffer, roll: Dice) => {
    for (let byte = 0; byte < 8; byte += 1) bytes[PAGE + below(roll, 200)] = below(roll, 256);
    return bytes;
  },
  "both meta pages": (bytes: Buffer, roll: Dice) => {
    for (let at = 0; at < 2 * PAGE; at += 1) bytes[at] = below(roll, 256);
    return bytes;
  },
  "a copy that was cut off": (bytes: Buffer, roll: Dice) =>
    bytes.subarray(0, 1 + below(roll, bytes.length - 1)),
  "a copy with bytes behind its end": (bytes: Buffer, roll: Dice) =>
    Buffer.concat([bytes, Buffer.alloc(1 + below(roll, 3 * PAGE), 0x5a)]),
  "a file of another kind": (bytes: Buffer) => Buffer.alloc(bytes.length, "something else "),
} satisfies Record<string, (bytes: Buffer, roll: Dice) => Buffer>;

export const DAMAGE_KINDS = Object.keys(DAMAGES) as DamageKind[];

/**
 * Copies a data folder of a stopped server, and damages the copy.
 *
 * @param to an existing folder
 */
export function copyDamaged(from: string, to: string, kind: DamageKind, seed: number): void {
  for (const name of readdirSync(from))
    if (name.endsWith(".key")) copyFileSync(join(from, name), join(to, name));
  const bytes = readFileSync(join(from, "data.mdb"));
  writeFileSync(join(to, "data.mdb"), DAMAGES[kind](bytes, dice(seed)), { mode: 0o600 });
}
