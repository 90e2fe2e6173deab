/**
 * The parts of a signature for the old JSON API (docs/protocol-reference.md#cos-json-signature).
 */
export interface CosJsonText {
  /** COS's number of the account, not a mini program's appid. */
  appid: string;
  bucket: string;
  secretId: string;
  secretKey: string;
  /** Unix time in seconds; 0 for a signature for one request. */
  expiresAt: number;
  /** Unix time in seconds. */
  now: number;
  /** A decimal number of up to ten digits. */
  random: string;
  /** The file that it is for; null for the whole bucket. */
  filepath: string | null;
}

/**
 * Signs for COS's old JSON API: Base64 of an HMAC-SHA1 over the text, followed by the text
 * (docs/protocol-reference.md#cos-json-signature, the vendor's first SDKs).
 */
export function signCosJson(text: CosJsonText): string {
  const { appid, bucket, secretId, secretKey, expiresAt, now, random, filepath } = text;
  const file = filepath === null ? "" : `/${appid}/${bucket}${encodePath(filepath)}`;
  const plain = `a=${appid}&b=${bucket}&k=${secretId}&e=${expiresAt}&t=${now}&r=${random}&f=${file}`;
  return Buffer.concat([hmacSha1(secretKey, plain), Buffer.from(plain)]).toString("base64");
}

/**
 * The parts of a signature for the current XML API (docs/protocol-reference.md#cos-xml-signature).
 */
export interface CosXmlRequest {
  secretId: string;
  secretKey: string;
  /** Unix times in seconds between which the signature is valid. */
  startsAt: number;
  expiresAt: number;
  method: string;
  /** Not percent-encoded, with its leading slash. */
  path: string;
  parameters: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
}

/**
 * Signs a request to COS's current XML API.
 *
 * @returns the value of its Authorization header (docs/protocol-reference.md#cos-xml-signature, the
 * vendor's "Request signature" page)
 */
export function signCosXml(request: CosXmlRequest): string {
  const keyTime = `${request.startsAt};${request.expiresAt}`;
  const parameters = encodeMembers(request.parameters);
  const headers = encodeMembers(request.headers);
  const http = `${request.method.toLowerCase()}\n${request.path}\n${parameters.text}\n${headers.text}\n`;
  const toSign = `sha1\n${keyTime}\n${sha1Hex(http)}\n`;
  const signKey = hmacSha1(request.secretKey, keyTime).toString("hex");
  const signature = hmacSha1(signKey, toSign).toString("hex");
  return [
    "q-sign-algorithm=sha1",
    `q-ak=${request.secretId}`,
    `q-sign-time=${keyTime}`,
    `q-key-time=${keyTime}`,
    `q-header-list=${headers.names}`,
    `q-url-param-list=${parameters.names}`,
    `q-signature=${signature}`,
  ].join("&");
}

/**
 * Returns parameters or headers as they are signed: their texts and their names, sorted by name.
 */
function encodeMembers(members: Readonly<Record<string, string>>): { text: string; names: string } {
  const encoded = Object.entries(members)
    // The hex digits become lower-case with the name.
    .map(([name, value]) => [encode(name).toLowerCase(), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    text: encoded.map(([name, value]) => `${name}=${value}`).join("&"),
    names: encoded.map(([name]) => name).join(";"),
  };
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const encodePath = (path: string): string =>
  (path.startsWith("/") ? path : `/${path}`).split("/").map(encode).join("/");

const hmacSha1 = (key: string, text: string): Buffer =>
  new Bun.CryptoHasher("sha1", key).update(text).digest() as Buffer;

const sha1Hex = (text: string): string => new Bun.CryptoHasher("sha1").update(text).digest("hex");
