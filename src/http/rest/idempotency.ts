import { Type } from "@sinclair/typebox";
import type { Core } from "../../core/core.ts";
import { type RestCall, unwrap } from "./context.ts";

/** The header by which a client may send a create again without creating twice (the IETF's Idempotency-Key draft). */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      pattern: "^[\\u0020-\\u007e]{1,255}$",
      description:
        "a random text of your own, up to 255 printable characters: the same request with the same text gets the first one's answer for a day",
      examples: ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    }),
  ),
});

/**
 * Runs a create, or gives the answer of its first run again.
 *
 * @param headers the request's own, as {@link IdempotencyHeaders} has them
 * @param set where the answer's headers go: Idempotency-Replayed tells the two apart
 */
export async function once<T>(
  { core, call, headers, body, set }: OnceContext & { core: Core },
  run: () => Promise<T>,
): Promise<T> {
  const key = headers["idempotency-key"];
  if (key === undefined) return run();
  // One caller's key for two routes is two requests: their bodies differ.
  const request = { by: call.actor.by, key, request: JSON.stringify(body) };
  const { answer, replayed } = unwrap(await core.idempotency.once(request, run));
  set.headers["idempotency-replayed"] = String(replayed);
  return answer;
}

/** What a create takes of its route's context. */
interface OnceContext {
  call: RestCall;
  headers: { "idempotency-key"?: string };
  body: unknown;
  set: { headers: Record<string, string | number> };
}
