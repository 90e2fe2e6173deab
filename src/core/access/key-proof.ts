import { hmacSha256 } from "../../crypto/digest.ts";

/** An end of a connection: an IP address in its plain form, and a port. */
export interface Endpoint {
  address: string;
  port: number;
}

/** A connection as both of its ends see it. */
export interface ConnectionEnds {
  /** The address on which the server listens, which may be that of all interfaces. */
  listener: Endpoint;
  client: Endpoint;
}

/** The form of a client's nonce: 32 bytes in hex. */
export const NONCE_PATTERN = "^[0-9a-f]{64}$";

/**
 * Returns the proof that a server knows a key: hex HMAC-SHA256, keyed by the key, of a purpose, the
 * client's nonce and the connection (`docs/protocol-reference.md#access`). A proof for one
 * connection does not hold for another, so a listener cannot pass on that of another server.
 */
export const proofOfKey = (
  key: string,
  nonce: string,
  { listener, client }: ConnectionEnds,
): string =>
  hmacSha256(
    key,
    [
      "waferd key proof",
      nonce,
      `${listener.address} ${listener.port}`,
      `${client.address} ${client.port}`,
    ].join("\n"),
  );
