import { Failure } from "../errors.ts";
import { networkOf } from "../limits/address.ts";
import type { Limits } from "../limits/limits.ts";

/**
 * Counts a wrong key, which must have been compared or looked up before: a right one passes
 * whatever came before.
 *
 * @param address the client's; null when it is unknown
 * @returns keyRequired, or tooOften for an address that has tried too many
 */
export function refuseWrongKey(limits: Limits, address: string | null, cause: string): Failure {
  const network = networkOf(address);
  return (
    limits.of("failed_keys").pass(network, { address: network }) ??
    new Failure("keyRequired", { cause })
  );
}
