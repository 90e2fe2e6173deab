import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

const MAX_WAIT_MS = 15_000;

/**
 * Sends bytes over a connection of its own, and returns all that comes until the server closes it.
 * `fetch` would correct what these tests send.
 *
 * @param options.halfClose says that nothing more will come, as `shutdown(SHUT_WR)` does
 * @throws Error when the server does not close the connection in time
 */
export function exchange(
  url: string,
  bytes: string,
  { halfClose = false }: { halfClose?: boolean } = {},
): Promise<string> {
  const { hostname: host, port, protocol } = new URL(url);
  const where = { host, port: Number(port), allowHalfOpen: true };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const isTls = protocol === "https:";
  const socket = isTls ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where);
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => {
    socket.destroy();
    reject(
      new Error(`no end after ${MAX_WAIT_MS} ms: ${Buffer.concat(chunks).toString("latin1")}`),
    );
  }, MAX_WAIT_MS);
  const finish = (): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve(Buffer.concat(chunks).toString("latin1"));
  };
  socket.on(isTls ? "secureConnect" : "connect", () => {
    socket.write(bytes, "latin1");
    if (halfClose) socket.end();
  });
  socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  socket.on("end", finish);
  socket.on("close", finish);
  // A reset is an end too; what came before it is what counts.
  socket.on("error", finish);
  return promise;
}

/** Returns a request with these very header lines. */
export const rawRequest = (
  method: string,
  target: string,
  headers: readonly string[],
  body = "",
): string =>
  [
    `${method} ${target} HTTP/1.1`,
    ...headers,
    ...(body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`]),
    "",
    body,
  ].join("\r\n");

/** Returns the status of the first answer in what came; null when there is none. */
export const statusOf = (answer: string): number | null =>
  Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? Number.NaN) || null;
