import type { Seeded } from "./seeded.ts";

const PAGE = 4096;
const SECTOR = 512;
/** Bytes of a page's header, before the offsets of its nodes. */
const HEADER = 24;
/** Bytes around a text that belong to its record: a node is smaller than this. */
const RECORD = 700;

export interface Damaged {
  file: Buffer;
  /** The damage, for people. */
  what: string;
  /** Tells whether single bytes of a record with this text were changed. */
  hits: (text: string) => boolean;
}

/** Damages a copy in place. Returns what was done, or another file. */
type Kind = (file: Buffer, random: Seeded) => string | { file: Buffer; what: string };

const pageOf = (file: Buffer, random: Seeded, from = 0): number =>
  PAGE * (from + random.below(file.length / PAGE - from));

const overwrite = (file: Buffer, at: number, bytes: Uint8Array): void => {
  file.set(bytes.subarray(0, Math.max(0, file.length - at)), at);
};

const KINDS: readonly Kind[] = [
  function truncated(file, random) {
    const length = random.pick([
      random.below(file.length),
      pageOf(file, random),
      random.below(2 * PAGE),
      0,
    ]);
    return { file: file.subarray(0, length), what: `truncated to ${length} bytes` };
  },
  function flipped(file, random) {
    const count = 1 + random.below(20);
    for (let nth = 0; nth < count; nth += 1) {
      const at = random.below(file.length);
      file[at] = (file[at] ?? 0) ^ (1 << random.below(8));
    }
    return `${count} bits flipped`;
  },
  function zeroedSectors(file, random) {
    const count = 1 + random.below(8);
    for (let nth = 0; nth < count; nth += 1) {
      const at = SECTOR * random.below(file.length / SECTOR);
      file.fill(0, at, at + SECTOR);
    }
    return `${count} sectors zeroed`;
  },
  function zeroedPages(file, random) {
    const count = 1 + random.below(4);
    const pages = Array.from({ length: count }, () => pageOf(file, random, 2));
    for (const at of pages) file.fill(0, at, at + PAGE);
    return `pages zeroed: ${pages.map((at) => at / PAGE).join(", ")}`;
  },
  function swappedPages(file, random) {
    const [one, other] = [pageOf(file, random), pageOf(file, random)];
    const kept = Buffer.from(file.subarray(one, one + PAGE));
    file.copy(file, one, other, other + PAGE);
    overwrite(file, other, kept);
    return `pages ${one / PAGE} and ${other / PAGE} swapped`;
  },
  function copiedPage(file, random) {
    const [one, other] = [pageOf(file, random, 2), pageOf(file, random, 2)];
    file.copy(file, one, other, other + PAGE);
    return `page ${other / PAGE} copied over page ${one / PAGE}`;
  },
  function metaBytes(file, random) {
    const page = random.below(2);
    const length = 1 + random.below(16);
    const at = page * PAGE + random.below(200);
    overwrite(file, at, random.bytes(length));
    return `${length} random bytes in meta page ${page}, at ${at}`;
  },
  function pageHeaders(file, random) {
    const count = 1 + random.below(4);
    const pages = Array.from({ length: count }, () => pageOf(file, random, 2));
    for (const at of pages) overwrite(file, at + random.below(HEADER), random.bytes(4));
    return `random bytes in the headers of pages ${pages.map((at) => at / PAGE).join(", ")}`;
  },
  function nodes(file, random) {
    const at = pageOf(file, random, 2) + HEADER + random.below(PAGE - HEADER - 64);
    overwrite(file, at, random.bytes(64));
    return `64 random bytes at ${at}`;
  },
  function randomPages(file, random) {
    const at = pageOf(file, random, 2);
    overwrite(file, at, random.bytes(PAGE));
    return `page ${at / PAGE} is random`;
  },
  function anotherFile(_file, random) {
    const files: Record<string, Buffer> = {
      text: Buffer.from("not a store\n".repeat(1 + random.below(2000))),
      zeros: Buffer.alloc(1 + random.below(20 * PAGE)),
      noise: random.bytes(1 + random.below(20 * PAGE)),
      SQLite: Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(2 * PAGE)]),
      gzip: Buffer.from(Bun.gzipSync(Buffer.from("a copy ".repeat(1000)))),
    };
    const what = random.pick(Object.keys(files));
    return { file: files[what] as Buffer, what: `another file: ${what}` };
  },
];

/** Damages a copy of a file in one of the ways above. */
export function damage(whole: Buffer, random: Seeded): Damaged {
  const kind = random.pick(KINDS);
  const copy = Buffer.from(whole);
  const done = kind(copy, random);
  const { file, what } = typeof done === "string" ? { file: copy, what: done } : done;
  return { file, what, hits: (text) => hitsRecord(whole, file, text) };
}

/**
 * Tells whether a record was changed byte by byte: LMDB has no checksums, so that a key with a
 * wrong byte is another key. Keys of indexes have the bytes of our ids in Base64url.
 */
function hitsRecord(whole: Buffer, file: Buffer, text: string): boolean {
  const inKeys = /^[0-9a-f]{32}$/.test(text)
    ? Buffer.from(text, "hex").toString("base64url")
    : text;
  return [text, inKeys].some((form) => hitsText(whole, file, form));
}

function hitsText(whole: Buffer, file: Buffer, text: string): boolean {
  for (let at = whole.indexOf(text); at >= 0; at = whole.indexOf(text, at + 1)) {
    const from = Math.max(at - RECORD, at - (at % PAGE));
    const to = Math.min(at + RECORD, from - (from % PAGE) + PAGE);
    if (!whole.subarray(from, to).equals(file.subarray(from, to))) return true;
  }
  return false;
}
