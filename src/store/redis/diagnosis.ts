import { askRedis } from "./handshake.ts";
import { placeOf, type RedisOptions } from "./options.ts";

/** The permissions that the store's user needs, for messages. */
export const PERMISSIONS =
  "give the user what waferd needs: ACL SETUSER <user> ~* +@all -@admin -@dangerous +info";

/**
 * Returns why there is no connection to a Redis, and what to mend. Asks once more over a plain
 * socket, because the client's error says no more than "closed".
 */
export async function diagnose(options: RedisOptions, error: Error): Promise<string> {
  const place = placeOf(options);
  const found = await askRedis(options);
  if (found.unreachable !== null)
    return options.tls && !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(found.unreachable)
      ? `${place} cannot be reached with TLS: ${found.unreachable}. It must have a certificate that this machine trusts (NODE_EXTRA_CA_CERTS names a file with more of them), or set redis.tls to false`
      : `cannot reach ${place}: ${found.unreachable}. Is Redis running there? redis.host and redis.port (or --store) say where it is`;
  const refusal = found.refusals[0] ?? error.message;
  if (/^(NOAUTH|WRONGPASS)|password/i.test(refusal))
    return `${place} refused the ${options.user === "" ? "password" : `user ${options.user} or the password`}: ${refusal}. Set WAFERD_REDIS_PASSWORD, or redis.password, and redis.user for a user of an access list`;
  if (/^NOPERM/.test(refusal)) return `${place} refused a command: ${refusal}; ${PERMISSIONS}`;
  if (/DB index/i.test(refusal))
    return `${place} has no database ${options.db}: ${refusal}. Set redis.db`;
  if (/unknown command/i.test(refusal))
    return `${place} does not know a command: ${refusal}. It must be Redis 6.0 or newer`;
  const hint = options.tls
    ? "if it has no TLS, set redis.tls to false"
    : "if it needs TLS, set redis.tls to true";
  return `${place} does not answer as Redis does: ${refusal}; ${hint}`;
}
