import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { buildConnector } from "undici/index.js";
import { type ConnectionEnds, type Endpoint, proofOfKey } from "../../core/access/key-proof.ts";
import { isLoopback, plainAddress } from "../../http/address.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import { API_PREFIX } from "./connection.ts";
import { CONNECT_TIMEOUT } from "./exchange.ts";

const PROOF_TIMEOUT_MS = 5000;
const LONGEST_ANSWER = 16 * 1024;

/**
 * Returns a connector for plain http whose connections are ready for the key: each is to this
 * machine, and its listener has proved on it that it knows the key. A proof on another connection
 * would not do: the listener may be another one by now.
 *
 * @param url the server's address, for people
 */
export function provingConnector(url: string, key: string): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT });
  return (options, callback) =>
    connect(options, (...outcome) => {
      const [error, socket] = outcome;
      if (error !== null || socket === null) return callback(...outcome);
      prove(socket as Socket, { url, key, host: options.host ?? options.hostname }).then(
        () => callback(null, socket),
        (failure: Error) => {
          socket.destroy();
          callback(failure, null);
        },
      );
    });
}

async function prove(
  socket: Socket,
  { url, key, host }: { url: string; key: string; host: string },
): Promise<void> {
  const client = endpoint(socket.localAddress, socket.localPort);
  const listener = endpoint(socket.remoteAddress, socket.remotePort);
  if (!isLoopback(listener.address)) throw unencrypted(url);
  const nonce = randomBytes(32).toString("hex");
  const base = new URL(url).pathname.replace(/\/$/, "");
  socket.write(
    `GET ${base}${API_PREFIX}/server/key-proof?nonce=${nonce} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  );
  const { status, body } = await readAnswer(socket);
  if (status === 403)
    throw new CommandFailure(
      EXIT.refused,
      `the server at ${url} is reached through a forwarder, which could keep the admin key: run this where the server runs, or name it by an https address`,
    );
  if (status !== 200) throw unproved(url);
  if (!proofsOf(key, nonce, { listener, client }).includes(proofIn(body))) throw unproved(url);
}

/** Returns the proofs of a listener at an address, alone or on all interfaces. */
const proofsOf = (key: string, nonce: string, { listener, client }: ConnectionEnds): string[] =>
  [listener.address, "::", ...(listener.address.includes(":") ? [] : ["0.0.0.0"])].map((address) =>
    proofOfKey(key, nonce, { listener: { ...listener, address }, client }),
  );

const endpoint = (address = "", port = 0): Endpoint => ({
  address: plainAddress(address) ?? address,
  port,
});

/** Returns the failure for an address that would carry the key unencrypted to another machine. */
export const unencrypted = (url: string): CommandFailure =>
  new CommandFailure(
    EXIT.refused,
    `${url} is another machine without TLS, where the admin key could be read on the way: name it by an https address, or run this on that machine`,
  );

const unproved = (url: string): CommandFailure =>
  new CommandFailure(
    EXIT.refused,
    `the server at ${url} did not prove that it knows this admin key, which was not sent: set WAFERD_ADMIN_KEY to the key of that server, or give its data folder by --data-dir. Something that forwards connections, such as an SSH tunnel, cannot prove it either: name the server by an https address, or run this where it runs`,
  );

function proofIn(body: string): string {
  try {
    return String((JSON.parse(body) as { proof?: unknown } | null)?.proof);
  } catch {
    return "";
  }
}

/** Reads one answer with a Content-Length, and leaves the socket as it was. */
function readAnswer(socket: Socket): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.off("readable", onReadable).off("error", onEnd).off("end", onEnd).off("close", onEnd);
      settle();
    };
    const fail = (what: string) => end(() => reject(new Error(what)));
    const onEnd = (): void => fail("it closed the connection");
    const timer = setTimeout(() => fail("it did not answer in time"), PROOF_TIMEOUT_MS);
    const onReadable = (): void => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read())
        bytes = Buffer.concat([bytes, chunk]);
      const answer = parse(bytes.toString("latin1"));
      if (answer !== null) end(() => resolve(answer));
      else if (bytes.length > LONGEST_ANSWER) fail("its answer is too long");
    };
    socket.on("readable", onReadable).on("error", onEnd).on("end", onEnd).on("close", onEnd);
    onReadable();
  });
}

/** Parses an answer; null for one that is not complete. */
function parse(text: string): { status: number; body: string } | null {
  const [head = "", body] = split(text, "\r\n\r\n");
  if (body === null) return null;
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return body.length < length ? null : { status, body: body.slice(0, length) };
}

function split(text: string, at: string): [string, string | null] {
  const index = text.indexOf(at);
  return index === -1 ? [text, null] : [text.slice(0, index), text.slice(index + at.length)];
}
