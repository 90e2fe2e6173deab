import { networkInterfaces } from "node:os";
import { isLoopback, plainAddress } from "./address.ts";

/** A server on all addresses shows these. A client that connects to one reaches itself. */
const UNSPECIFIED: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * Returns whether a Host header names this machine by an address of its own, or as `localhost`. A
 * page of another site reaches this machine by a name that it controls (DNS rebinding), and its
 * requests carry that name. A missing Host, several, and other names are not its own.
 */
export function isOwnHost(host: string | null): boolean {
  const name = /^(\[[\da-f:.]+\]|[^\s:,[\]]+)(:\d{1,5})?$/i.exec(host ?? "")?.[1];
  if (name === undefined) return false;
  if (/^localhost\.?$/i.test(name)) return true;
  const address = plainAddress(name);
  if (address === null) return false;
  return isLoopback(address) || UNSPECIFIED.has(address) || ownAddresses().has(address);
}

/** Returns the addresses of this machine's interfaces, which may change at any time. */
const ownAddresses = (): ReadonlySet<string> =>
  new Set(
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address }) => address),
  );
