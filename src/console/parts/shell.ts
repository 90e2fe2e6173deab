/** Quotes a text for a POSIX shell; plain words stay as they are. */
export const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** A call of the API, as a shell would make it. */
interface ShellCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path below `/api/v1`, with its query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** Returns a call as a line of curl, whose key is in the file `key-header` (docs/api.md#keys). */
export function curlOf(origin: string, { method, path, headers = {}, body }: ShellCall): string {
  const parts = [
    `curl ${quoted(`${origin}/api/v1${path}`)}`,
    ...(method === "GET" ? [] : [`-X ${method}`]),
    "-H @key-header",
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(JSON.stringify(body))}`]),
  ];
  return parts.join(" \\\n  ");
}

/** Returns a command line of waferd. */
export const commandOf = (...words: readonly string[]): string =>
  ["waferd", ...words].map(quoted).join(" ");
