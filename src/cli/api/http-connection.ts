import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TLSSocket } from "node:tls";
import type { Agent, buildConnector, Dispatcher } from "undici/index.js";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import { API_PREFIX, type ApiConnection, type ApiRequest, headersOf } from "./connection.ts";

/**
 * Not fetch: Bun's would send the admin key through the proxy of HTTP_PROXY, even to this machine.
 * Loading undici takes 25 MB, which a supervisor does not need.
 */
const loadUndici = () => import("undici/index.js");

const CONNECT_TIMEOUT = 5000;
/** The longest call to WeChat, after waiting for another call like it. */
const ANSWER_TIMEOUT = 250_000;

/** No server listens at an address. */
export class NotListening extends Error {}

/** A server that was found, and gets the key next. */
export interface FoundServer {
  url: string;
  withKey(key: string): ApiConnection;
  close(): Promise<void>;
}

/**
 * Finds a server. The first request has no key, so that no other server gets to see the key.
 *
 * @param url without a slash at its end
 * @param certFile the certificate that it must show, in PEM; null trusts what the system trusts
 * @throws NotListening, or CommandFailure when something else is wrong
 */
export async function findServer(url: string, certFile: string | null): Promise<FoundServer> {
  const undici = await loadUndici();
  const agent = new undici.Agent({
    connect:
      certFile === null ? { timeout: CONNECT_TIMEOUT } : pinned(certFile, undici.buildConnector),
    headersTimeout: ANSWER_TIMEOUT,
    bodyTimeout: ANSWER_TIMEOUT,
  });
  try {
    const answer = await exchange(agent, `${url}${API_PREFIX}/stats`, {});
    if (answer.status !== 401 || !/"code":"keyRequired"/.test(answer.text))
      throw new CommandFailure(EXIT.away, `the server at ${url} is not waferd`);
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
          throw new CommandFailure(
            EXIT.away,
            `the connection to ${url} failed: ${(error as Error).message}`,
          );
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
  const { request } = await loadUndici();
  const answer = await request(url, { dispatcher, ...options } as never);
  return { status: answer.statusCode, text: await answer.body.text() };
}

function connectFailure(url: string, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return new NotListening(`no server listens at ${url}`);
  return new CommandFailure(EXIT.away, `${url} cannot be reached: ${message}`);
}

/** Returns a connector that accepts exactly the given certificate, under any host name. */
function pinned(certFile: string, makeConnector: typeof buildConnector): buildConnector.connector {
  let expected: string;
  try {
    expected = new X509Certificate(readFileSync(certFile)).fingerprint256;
  } catch (error) {
    throw new CommandFailure(EXIT.failed, `HTTPSCertFile: ${(error as Error).message}`);
  }
  const connect = makeConnector({ timeout: CONNECT_TIMEOUT, rejectUnauthorized: false });
  return (options, callback) =>
    connect(options, (...outcome) => {
      const [error, socket] = outcome;
      const shown =
        error === null ? (socket as TLSSocket).getPeerCertificate().fingerprint256 : expected;
      if (shown === expected) return callback(...outcome);
      socket?.destroy();
      callback(new Error("its certificate is not the one in HTTPSCertFile"), null);
    });
}
