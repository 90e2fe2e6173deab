import { readFileSync } from "node:fs";

/** The calls that write to files, flush them, or answer clients. */
const CALLS =
  "openat,close,lseek,pwrite64,pwritev,write,writev,sendto,sendmsg,fdatasync,fsync,msync,ftruncate";
/** Longest write that is recorded. */
const LONGEST_WRITE = 1 << 20;

/** Returns the command that records what another command does to the disk, and becomes it. */
export const recorder = (to: string): string[] => [
  ...["strace", "-D", "-f", "-y", "--seccomp-bpf", "-xx", "-s", String(LONGEST_WRITE)],
  ...["-e", `trace=${CALLS}`, "-e", "signal=none", "-o", to],
];

/** A write to a file, between two moments of the recording. */
export interface DiskWrite {
  offset: number;
  bytes: Buffer;
  /** Whether the call returned only after a flush (O_DSYNC). */
  isSynchronous: boolean;
  begunAt: number;
  /** Infinity when it did not end. */
  endedAt: number;
}

export type Flush = Pick<DiskWrite, "begunAt" | "endedAt">;

/** The writes to one file, and the answers to clients. A moment is a line number. */
export interface DiskRecording {
  writes: DiskWrite[];
  flushes: Flush[];
  /** When the first byte of an answer was sent, by its request id. */
  answers: Map<string, number>;
  end: number;
}

interface Call {
  name: string;
  text: string;
  begunAt: number;
  endedAt: number;
}

/**
 * Reads a recording.
 *
 * @param file the path of the file whose writes matter
 * @throws Error when the file was written in a way that is not understood
 */
export function readRecording(path: string, file: string): DiskRecording {
  const writes: DiskWrite[] = [];
  const flushes: Flush[] = [];
  const answers = new Map<string, number>();
  const synchronous = new Set<string>();
  const positions = new Map<string, number>();
  const lines = readFileSync(path, "latin1").split("\n");
  for (const { name, text, begunAt, endedAt } of callsIn(lines)) {
    const [, fd = "", target = ""] = /^(\d+)<([^>]*)>/.exec(text) ?? [];
    const place = decode(target).toString();
    if (name === "openat") {
      const [, opened = "", where = ""] = /= (\d+)<([^>]*)>/.exec(text) ?? [];
      if (decode(where).toString() !== file) continue;
      if (/O_D?SYNC/.test(text)) synchronous.add(opened);
      else synchronous.delete(opened);
    } else if (name === "close") synchronous.delete(fd);
    else if (place === file) {
      if (name === "fdatasync" || name === "fsync") flushes.push({ begunAt, endedAt });
      else if (name === "lseek") positions.set(fd, Number(/= (\d+)$/.exec(text)?.[1]));
      else if (name === "pwrite64" || name === "writev") {
        const bytes = Buffer.concat(stringsIn(text));
        const [, returned] = / = (-?\d+)/.exec(tail(text)) ?? [];
        if (returned !== undefined && Number(returned) !== bytes.length)
          throw new Error(`a write of ${bytes.length} bytes returned ${returned}`);
        const offset =
          name === "writev"
            ? positions.get(fd)
            : Number(/, (\d+)(?:\)| *$)/.exec(tail(text).replace(/^[^,]*, \d+/, ""))?.[1]);
        if (offset === undefined || Number.isNaN(offset))
          throw new Error(`${name} at an unknown place: ${tail(text)}`);
        positions.set(fd, offset + bytes.length);
        writes.push({ offset, bytes, isSynchronous: synchronous.has(fd), begunAt, endedAt });
      } else throw new Error(`${name} on ${file} is not understood`);
    } else if (place.startsWith("socket:") || place.startsWith("TCP"))
      for (const bytes of stringsIn(text))
        for (const [, id = ""] of bytes.toString("latin1").matchAll(/x-request-id: (\S+)/gi))
          if (!answers.has(id)) answers.set(id, begunAt);
  }
  writes.sort((one, other) => one.begunAt - other.begunAt);
  return { writes, flushes, answers, end: lines.length };
}

/** The end of a line when others, or the end of the process or of strace, interrupted a call. */
const HALF = / <(?:unfinished|detached) \.\.\.>$/;

/** Joins the two halves of calls that were interrupted. */
function* callsIn(lines: readonly string[]): Generator<Call> {
  const unfinished = new Map<string, Call>();
  for (const [at, line] of lines.entries()) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, resumed, second = ""] = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest) ?? [];
    if (resumed !== undefined) {
      const first = unfinished.get(pid);
      unfinished.delete(pid);
      if (first !== undefined) yield { ...first, text: first.text + second, endedAt: at };
      continue;
    }
    const [, name, text = ""] = /^(\w+)\((.*)$/.exec(rest) ?? [];
    if (name === undefined) continue;
    if (!HALF.test(text)) yield { name, text, begunAt: at, endedAt: at };
    else {
      const half = text.replace(HALF, "");
      unfinished.set(pid, { name, text: half, begunAt: at, endedAt: Number.POSITIVE_INFINITY });
    }
  }
  // Interrupted by the end of the process: these may have been done or not.
  yield* unfinished.values();
}

/** Returns the end of a call's text, behind its last string. */
const tail = (text: string): string => text.slice(text.lastIndexOf('"') + 1);

function stringsIn(text: string): Buffer[] {
  if (text.includes('"...')) throw new Error("a write is longer than what is recorded of it");
  return [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = ""]) => decode(hex));
}

/** Decodes `\x61\x62`; other text stays. */
const decode = (text: string): Buffer =>
  text.startsWith("\\x") ? Buffer.from(text.replaceAll("\\x", ""), "hex") : Buffer.from(text);
