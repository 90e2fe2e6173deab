import { createConnection, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { placeOf, type RedisOptions } from "./options.ts";

/** Milliseconds that the server may take for each part of its answer. */
const ANSWER_TIMEOUT = 800;

/**
 * Returns why there is no connection to a Redis, and what to mend. Asks once more over a plain
 * socket, because the client's error says no more than "closed".
 */
export async function diagnose(options: RedisOptions, error: Error): Promise<string> {
  const place = placeOf(options);
  const found = await converse(options);
  if (found.unreachable !== null)
    return options.tls && !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(found.unreachable)
      ? `${place} cannot be reached with TLS: ${found.unreachable}. It must have a certificate that this machine trusts (NODE_EXTRA_CA_CERTS names a file with more of them), or set redis.tls to false`
      : `cannot reach ${place}: ${found.unreachable}. Is Redis running there? redis.host and redis.port (or --store) say where it is`;
  const refusal = found.refusals[0] ?? error.message;
  if (/^(NOAUTH|WRONGPASS)|password/i.test(refusal))
    return `${place} refused the password: ${refusal}. Set WAFERD_REDIS_PASSWORD, or redis.password`;
  if (/DB index/i.test(refusal))
    return `${place} has no database ${options.db}: ${refusal}. Set redis.db`;
  if (/unknown command/i.test(refusal))
    return `${place} does not know a command: ${refusal}. It must be Redis 6.0 or newer`;
  const hint = options.tls
    ? "if it has no TLS, set redis.tls to false"
    : "if it needs TLS, set redis.tls to true";
  return `${place} does not answer as Redis does: ${refusal}; ${hint}`;
}

/** Encodes a command in Redis' protocol, as an array of texts. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

/**
 * Sends a client's first commands.
 *
 * @returns why the server cannot be reached, or null; and the errors that it answered
 */
export function converse({ host, port, password, db, tls }: RedisOptions): Promise<{
  unreachable: string | null;
  refusals: string[];
}> {
  return new Promise((resolve) => {
    let answer = "";
    let socket: Socket;
    const end = (unreachable: string | null): void => {
      socket.destroy();
      const refusals = answer.split("\r\n").filter((line) => line.startsWith("-"));
      resolve({ unreachable, refusals: refusals.map((line) => line.slice(1)) });
    };
    const say = (): void => {
      const auth = password === "" ? "" : command("AUTH", password);
      socket.write(
        `${auth}${command("HELLO", "3")}${command("SELECT", String(db))}${command("QUIT")}`,
      );
    };
    socket = tls
      ? connectTls(
          { host, port, ...(isIP(host) === 0 && { servername: host }), timeout: ANSWER_TIMEOUT },
          say,
        )
      : createConnection({ host, port, timeout: ANSWER_TIMEOUT }, say);
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("close", () => end(null));
    socket.on("timeout", () => end(answer === "" ? "no answer" : null));
    socket.on("error", (error) => end(error.message));
  });
}
