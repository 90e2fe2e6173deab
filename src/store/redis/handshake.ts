import { createConnection, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { RedisOptions } from "./options.ts";

/** Milliseconds that the server may take for each part of its answer. */
const ANSWER_TIMEOUT = 800;

/** Encodes a command in Redis' protocol, as an array of texts. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

/**
 * Sends a client's first commands.
 *
 * @returns why the server cannot be reached, or null; and the errors that it answered
 */
export function askRedis({
  host,
  port,
  user,
  password,
  db,
  tls,
}: Omit<RedisOptions, "idleTimeout">): Promise<{
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
      const login = user === "" ? [password] : [user, password];
      const auth = user === "" && password === "" ? "" : command("AUTH", ...login);
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
