import { createConnection, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { RedisConnection } from "./connection.ts";

/** How long the server may take for each of its words, in milliseconds. */
const PATIENCE = 800;

/** Why there is no connection to a Redis, and what to mend: asks once more by hand, because clients only say "closed". */
export async function diagnose(
  connection: RedisConnection,
  place: string,
  error: Error,
): Promise<string> {
  const found = await talk(connection);
  if (found.unreachable !== null)
    return connection.tls && !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(found.unreachable)
      ? `${place} cannot be spoken to with TLS: ${found.unreachable}. It must show a certificate that this machine trusts (NODE_EXTRA_CA_CERTS names a file of further ones), or set redis.tls to false`
      : `cannot reach ${place}: ${found.unreachable}. Is Redis running there? redis.host and redis.port (or --store) say where it is`;
  const complaint = found.complaints[0] ?? error.message;
  if (/^(NOAUTH|WRONGPASS)|password/i.test(complaint))
    return `${place} refused the password: ${complaint}. Set WAFERD_REDIS_PASSWORD, or redis.password`;
  if (/DB index/i.test(complaint))
    return `${place} has no database ${connection.db}: ${complaint}. Set redis.db`;
  if (/unknown command/i.test(complaint))
    return `${place} does not know what we say: ${complaint}. It must be Redis 6.0 or newer`;
  const hint = connection.tls
    ? "if it speaks no TLS, set redis.tls to false"
    : "if it speaks TLS, set redis.tls to true";
  return `${place} does not talk to us: ${complaint}; ${hint}`;
}

/** Redis' protocol: a command as an array of texts. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

/** Says what a client says first, and listens to what is wrong with it: why nobody answers, or what is refused. */
export function talk({ host, port, password, db, tls }: RedisConnection): Promise<{
  unreachable: string | null;
  complaints: string[];
}> {
  return new Promise((resolve) => {
    let answer = "";
    let socket: Socket;
    const end = (unreachable: string | null): void => {
      socket.destroy();
      const complaints = answer.split("\r\n").filter((line) => line.startsWith("-"));
      resolve({ unreachable, complaints: complaints.map((line) => line.slice(1)) });
    };
    const say = (): void => {
      const auth = password === "" ? "" : command("AUTH", password);
      socket.write(
        `${auth}${command("HELLO", "3")}${command("SELECT", String(db))}${command("QUIT")}`,
      );
    };
    socket = tls
      ? connectTls(
          { host, port, ...(isIP(host) === 0 && { servername: host }), timeout: PATIENCE },
          say,
        )
      : createConnection({ host, port, timeout: PATIENCE }, say);
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("close", () => end(null));
    socket.on("timeout", () => end(answer === "" ? "no answer" : null));
    socket.on("error", (error) => end(error.message));
  });
}
