import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/** An answer of WeChat or WeCom, with its numbers as numbers. */
export type AnswerObject = { [member: string]: unknown };

/** The most bytes of an answer, compressed or not. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** Members that are numbers, and come as texts from some of the servers. */
const NUMBERS = ["errcode", "expires_in"];

/**
 * Reads the body of an answer. Proxies and some of WeChat's servers compress it unasked, begin it
 * with a byte order mark, or send numbers as texts.
 *
 * @param encoding the header Content-Encoding
 * @returns null when it is not a JSON object
 * @throws Error when it cannot be decompressed, or is too large
 */
export function readAnswer(body: Uint8Array, encoding: string): AnswerObject | null {
  const text = new TextDecoder().decode(decompressed(body, encoding));
  const answer = parsed(text);
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return null;
  const object = answer as AnswerObject;
  for (const name of NUMBERS) {
    const value = object[name];
    if (typeof value === "string" && /^\s*-?\d{1,15}(\.\d+)?\s*$/.test(value))
      object[name] = Number(value);
  }
  return object;
}

/** Undoes the encodings of a body, the last one first. */
function decompressed(body: Uint8Array, encoding: string): Uint8Array {
  let bytes = body;
  for (const name of encoding.toLowerCase().split(",").reverse())
    bytes = decode(bytes, name.trim());
  // JSON never begins like this.
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, LIMIT) : bytes;
}

const LIMIT = { maxOutputLength: MAX_ANSWER_BYTES };

function decode(bytes: Uint8Array, name: string): Uint8Array {
  switch (name) {
    case "gzip":
    case "x-gzip":
      return gunzipSync(bytes, LIMIT);
    case "br":
      return brotliDecompressSync(bytes, LIMIT);
    case "deflate":
      // Some servers leave the header of zlib out.
      return ((bytes[0] ?? 0) & 0x0f) === 8
        ? inflateSync(bytes, LIMIT)
        : inflateRawSync(bytes, LIMIT);
    default:
      return bytes;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may hold a secret.
    return null;
  }
}
