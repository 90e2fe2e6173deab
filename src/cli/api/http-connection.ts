import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { Agent, buildConnector } from "undici/index.js";
import { writtenText } from "../../core/written-text.ts";
import { isLoopback } from "../../http/address.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import {
  API_PREFIX,
  type ApiConnection,
  type ApiRequest,
  headersOf,
  NotListening,
  sentBody,
  serverPath,
} from "./connection.ts";
import { CONNECT_TIMEOUT, exchange, limits, openStream } from "./exchange.ts";
import { provingConnector, unencrypted } from "./proving-connector.ts";

/** A server that was found, and gets the key next. */
export interface FoundServer {
  url: string;
  withKey(key: string): ApiConnection;
  close(): Promise<void>;
}

/**
 * Finds a server by an address. The first request has no key: it tells whether waferd answers. The
 * key is sent over TLS, or to a listener on this machine that has proved that it knows the key.
 *
 * @param url without a slash at its end
 * @param certFile the certificate that it must show, in PEM; null trusts what the system trusts
 * @throws NotListening, or CommandFailure when something else is wrong
 */
export async function findServer(url: string, certFile: string | null): Promise<FoundServer> {
  const { protocol, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "http:" && isIP(host) !== 0 && !isLoopback(host)) throw unencrypted(url);
  const agent = new Agent({
    ...limits,
    connect: certFile === null ? { timeout: CONNECT_TIMEOUT } : pinned(certFile),
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
    withKey(key) {
      if (protocol === "https:") return connectionWith(agent, url, key);
      void agent.close();
      const proved = new Agent({ ...limits, connect: provingConnector(url, key) });
      return connectionWith(proved, url, key);
    },
    close: () => agent.close(),
  };
}

function connectionWith(agent: Agent, url: string, key: string): ApiConnection {
  const failed = (error: Error): Error =>
    error instanceof CommandFailure
      ? error
      : new CommandFailure(EXIT.away, `the connection to ${url} failed: ${error.message}`);
  const urlOf = (wanted: ApiRequest): string => url + serverPath(wanted);
  const optionsOf = (wanted: ApiRequest) => ({
    method: wanted.method,
    headers: headersOf(wanted, key),
    ...sentBody(wanted),
  });
  return {
    name: url,
    isServer: true,
    async send(wanted) {
      try {
        return await exchange(agent, urlOf(wanted), optionsOf(wanted));
      } catch (error) {
        throw failed(error as Error);
      }
    },
    async stream(wanted, signal) {
      try {
        return await openStream(agent, urlOf(wanted), { ...optionsOf(wanted), signal }, failed);
      } catch (error) {
        throw failed(error as Error);
      }
    },
    close: () => agent.close(),
  };
}

function connectFailure(url: string, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return new NotListening(`no server listens at ${url}`);
  return new CommandFailure(EXIT.away, `${url} cannot be reached: ${message}`);
}

/** Returns a connector that accepts exactly the given certificate, under any host name. */
function pinned(certFile: string): buildConnector.connector {
  let expected: string;
  try {
    expected = new X509Certificate(writtenText(readFileSync(certFile))).fingerprint256;
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
      callback(new Error("its certificate is not the one in HTTPSCertFile"), null);
    });
}
