/** Returns a part of a record that is plain ASCII. */
export const latin1 = (bytes: Buffer, from: number, length: number): string =>
  bytes.toString("latin1", from, from + length);

let lastAppid = "";

/**
 * Reads an appid. There are few apps, mostly that of the request before: comparing is cheaper than
 * making a text.
 */
export function appidAt(bytes: Buffer, from: number, length: number): string {
  let same = lastAppid.length === length;
  for (let index = 0; same && index < length; index += 1)
    same = lastAppid.charCodeAt(index) === bytes[from + index];
  if (!same) lastAppid = latin1(bytes, from, length);
  return lastAppid;
}

/**
 * A view of lmdb's buffer would see the next read, and costs twice as much as a copy made like
 * this.
 */
export function copy(bytes: Buffer, from: number, to: number): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(to - from);
  bytes.copy(part, 0, from, to);
  return part;
}

/** Tells whether a part of a record is the same as other bytes. Allocates nothing. */
export const isAt = (bytes: Buffer, from: number, to: number, other: Uint8Array): boolean =>
  bytes.compare(other, 0, other.length, from, to) === 0;
