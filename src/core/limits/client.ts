import { isPublicAddress, networkOf } from "./address.ts";

/** The client of a request, as the limits by address see it. */
export interface Client {
  /** Behind trusted proxies the one that they name; null when the connection is gone. */
  address: string | null;
  /** Whether the client is in one of the `trusted_networks`, or holds a good key. */
  isKnown: boolean;
}

/** The client of a call that this process makes itself. */
export const OWN_PROCESS: Client = { address: null, isKnown: true };

/** A client as logins count it. */
export interface CountedClient {
  network: string;
  /** Whether limits by address count it; business servers call for all their users. */
  isCounted: boolean;
}

export const countedClient = ({ address, isKnown }: Client): CountedClient => ({
  network: networkOf(address),
  isCounted: !isKnown && isPublicAddress(address),
});
