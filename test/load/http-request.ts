import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** A request of a load. All its text is ASCII. */
export interface HttpRequest {
  method: "GET" | "POST";
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: string;
}

const CHUNK = 1000;

/**
 * Writes the file from which load generators read requests: for each, the number of its bytes, a
 * line feed, and all of it as it is sent.
 */
export function writeRequests(file: string, requests: Iterable<HttpRequest>): void {
  const output = openSync(file, "w", 0o600);
  let waiting: string[] = [];
  const write = (): void => {
    writeSync(output, waiting.join(""));
    waiting = [];
  };
  for (const request of requests) {
    const raw = rawRequest(request);
    waiting.push(`${raw.length}\n${raw}`);
    if (waiting.length === CHUNK) write();
  }
  write();
  closeSync(output);
}

/**
 * Reads such a file.
 *
 * @returns the requests one after the other, where each begins, and where the last one ends
 */
export function readRequests(file: string): { bytes: Buffer; places: Float64Array } {
  const bytes = readFileSync(file);
  const places: number[] = [];
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const start = bytes.indexOf(10, at) + 1;
    const length = Number(bytes.toString("latin1", at, start - 1));
    // Without the numbers, the next request begins where this one ends.
    bytes.copy(bytes, end, start, start + length);
    places.push(end);
    end += length;
    at = start + length;
  }
  return { bytes, places: Float64Array.from([...places, end]) };
}

function rawRequest({ method, path, headers = {}, body }: HttpRequest): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined
      ? []
      : ["Content-Type: application/json", `Content-Length: ${body.length}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}
