import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
/** CS_ADHOC and CS_LINKER_SIGNED. */
const FLAGS = 0x20002;
const PAGE = 4096;
const HASH_BYTES = 32;
const DIRECTORY_HEAD = 88;
const IDENTIFIER = "waferd\0";

interface Signed {
  /** Offset at which the code ends and the signature begins. */
  codeLimit: number;
  /** Offsets of the load commands of the signature and of the segment that contains it. */
  signatureCommand: number;
  linkEdit: number;
  text: { offset: bigint; size: bigint };
}

/**
 * Replaces the signature of an executable for macOS by an ad hoc one. Bun 1.4.5 does that itself
 * for arm64; for x64 it leaves the signature of the bare Bun, which no longer matches, so that
 * macOS may kill the process.
 */
export function signAdHoc(path: string): void {
  const file = readFileSync(path);
  const { codeLimit, signatureCommand, linkEdit, text } = readCommands(file, path);
  const pages = Math.ceil(codeLimit / PAGE);
  const directorySize = DIRECTORY_HEAD + IDENTIFIER.length + pages * HASH_BYTES;
  // Written first, because the hashes cover the sizes.
  const size = 20 + directorySize;
  file.writeUInt32LE(size, signatureCommand + 12);
  const fileSize = BigInt(codeLimit + size) - file.readBigUInt64LE(linkEdit + 40);
  file.writeBigUInt64LE(fileSize, linkEdit + 48);
  file.writeBigUInt64LE((fileSize + 0xffffn) & ~0xffffn, linkEdit + 32);

  const signature = Buffer.alloc(size);
  const words = [SUPER_BLOB, size, 1, 0, 20];
  words.push(
    CODE_DIRECTORY,
    directorySize,
    0x20400,
    FLAGS,
    DIRECTORY_HEAD + IDENTIFIER.length,
    DIRECTORY_HEAD,
  );
  words.push(0, pages, codeLimit);
  for (const [index, word] of words.entries()) signature.writeUInt32BE(word, index * 4);
  const directory = 20;
  // Hash size, SHA-256, platform, and the page size as a power of two.
  signature.set([HASH_BYTES, 2, 0, Math.log2(PAGE)], directory + 36);
  signature.writeBigUInt64BE(text.offset, directory + 64);
  signature.writeBigUInt64BE(text.size, directory + 72);
  // CS_EXECSEG_MAIN_BINARY.
  signature.writeBigUInt64BE(1n, directory + 80);
  signature.write(IDENTIFIER, directory + DIRECTORY_HEAD, "latin1");
  for (let page = 0; page < pages; page += 1) {
    const bytes = file.subarray(page * PAGE, Math.min((page + 1) * PAGE, codeLimit));
    const at = directory + DIRECTORY_HEAD + IDENTIFIER.length + page * HASH_BYTES;
    signature.set(createHash("sha256").update(bytes).digest(), at);
  }
  writeFileSync(path, Buffer.concat([file.subarray(0, codeLimit), signature]));
}

/** Returns whether the signature of an executable matches every page. */
export function isSignatureRight(path: string): boolean {
  const file = readFileSync(path);
  const { codeLimit } = readCommands(file, path);
  const directory = codeLimit + file.readUInt32BE(codeLimit + 16);
  const hashes = directory + file.readUInt32BE(directory + 16);
  const pages = file.readUInt32BE(directory + 28);
  if (file.readUInt32BE(directory + 32) !== codeLimit || pages !== Math.ceil(codeLimit / PAGE))
    return false;
  for (let page = 0; page < pages; page += 1) {
    const bytes = file.subarray(page * PAGE, Math.min((page + 1) * PAGE, codeLimit));
    const hash = file.subarray(hashes + page * HASH_BYTES, hashes + (page + 1) * HASH_BYTES);
    if (!createHash("sha256").update(bytes).digest().equals(hash)) return false;
  }
  return true;
}

function readCommands(file: Buffer, path: string): Signed {
  const found: Partial<Signed> = {};
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    const command = file.readUInt32LE(at);
    const segment =
      command === LC_SEGMENT_64 ? file.toString("latin1", at + 8, at + 24).replace(/\0+$/, "") : "";
    if (command === LC_CODE_SIGNATURE)
      Object.assign(found, { signatureCommand: at, codeLimit: file.readUInt32LE(at + 8) });
    if (segment === "__LINKEDIT") found.linkEdit = at;
    if (segment === "__TEXT")
      found.text = { offset: file.readBigUInt64LE(at + 40), size: file.readBigUInt64LE(at + 48) };
    at += file.readUInt32LE(at + 4);
  }
  const { codeLimit, signatureCommand, linkEdit, text } = found;
  if (
    codeLimit === undefined ||
    signatureCommand === undefined ||
    linkEdit === undefined ||
    text === undefined
  )
    throw new Error(`${path} is not an executable of macOS with room for a signature`);
  return { codeLimit, signatureCommand, linkEdit, text };
}
