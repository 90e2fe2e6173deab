import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TLSSocket } from "node:tls";
// Not fetch: Bun's sends even what is for this machine, with the admin key, through the proxy of HTTP_PROXY.
import { Agent, buildConnector, type Dispatcher, request } from "undici/index.js";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import { API_PREFIX, type ApiRequest, type Connection, headersOf } from "./connection.ts";

const CONNECT_TIMEOUT = 5000;
/** As long as the longest call to WeChat, and the wait for another's before it, may take. */
const ANSWER_TIMEOUT = 250_000;

/** Nobody listens at an address. */
export class NobodyListens extends Error {}

/** A server that was found, and waits for the key. */
export interface FoundServer {
  url: string;
  withKey(key: string): Connection;
  close(): Promise<void>;
}

/**
 * Finds a server. It is asked without the key first, so that no key goes to what is no waferd.
 *
 * @param url without a slash at its end
 * @param certFile the certificate that it must show, in PEM; null trusts what the system trusts
 * @throws NobodyListens, or CommandFailure when something else is wrong
 */
export async function findServer(url: string, certFile: string | null): Promise<FoundServer> {
  const agent = new Agent({
    connect: certFile === null ? { timeout: CONNECT_TIMEOUT } : pinned(certFile),
    headersTimeout: ANSWER_TIMEOUT,
    bodyTimeout: ANSWER_TIMEOUT,
  });
  try {
    const answer = await exchange(agent, `${url}${API_PREFIX}/stats`, {});
    if (answer.status !== 401 || !/"code":"keyRequired"/.test(answer.text))
      throw new CommandFailure(EXIT.away, `what answers at ${url} is no waferd`);
  } catch (error) {
    await agent.destroy();
    if (error instanceof CommandFailure) throw error;
    throw connectFailure(url, error);
  }
  return {
    url,
    withKey: (key) => ({
      url,
      async send(wanted: ApiRequest) {
        try {
          return await exchange(agent, `${url}${API_PREFIX}${wanted.path}`, {
            method: wanted.method,
            headers: headersOf(wanted, key),
            ...(wanted.body !== undefined && { body: JSON.stringify(wanted.body) }),
          });
        } catch (error) {
          throw new CommandFailure(EXIT.away, `${url} broke off: ${(error as Error).message}`);
        }
      },
      close: () => agent.close(),
    }),
    close: () => agent.close(),
  };
}

async function exchange(
  dispatcher: Agent,
  url: string,
  options: Partial<Dispatcher.RequestOptions>,
) {
  const answer = await request(url, { dispatcher, ...options } as never);
  return { status: answer.statusCode, text: await answer.body.text() };
}

function connectFailure(url: string, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return new NobodyListens(`nobody listens at ${url}`);
  return new CommandFailure(EXIT.away, `${url} cannot be reached: ${message}`);
}

/** Whoever shows the configured certificate is our server, whatever name it was made for. */
function pinned(certFile: string): buildConnector.connector {
  let expected: string;
  try {
    expected = new X509Certificate(readFileSync(certFile)).fingerprint256;
  } catch (error) {
    throw new CommandFailure(EXIT.failed, `HTTPSCertFile: ${(error as Error).message}`);
  }
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT, rejectUnauthorized: false });
  return (options, callback) =>
    connect(options, (...outcome) => {
      const [error, socket] = outcome;
      const shown =
        error === null ? (socket as TLSSocket).getPeerCertificate().fingerprint256 : expected;
      if (shown === expected) return callback(...outcome);
      socket?.destroy();
      callback(new Error("it shows another certificate than that of HTTPSCertFile"), null);
    });
}
