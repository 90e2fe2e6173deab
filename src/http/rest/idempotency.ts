import { Type } from "@sinclair/typebox";
import type { Core } from "../../core/core.ts";
import { type RestCall, unwrap } from "./context.ts";

/**
 * The header by which a client may repeat a create without creating twice (the IETF's
 * Idempotency-Key draft).
 */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      pattern: "^[\\u0020-\\u007e]{1,255}$",
      description:
        "a random text of up to 255 printable characters: for a day, the same request with the same text returns the first answer",
      examples: ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    }),
  ),
});

/**
 * Runs a create, or returns the answer of its first run.
 *
 * @param headers the request's headers, as in {@link IdempotencyHeaders}
 * @param set receives the header Idempotency-Replayed, which tells the two cases apart
 */
export async function once<T>(
  { core, call, headers, body, set }: OnceContext & { core: Core },
  run: () => Promise<T>,
): Promise<T> {
  const key = headers["idempotency-key"];
  if (key === undefined) return run();
  // The bodies of two routes differ, so that the same key is refused for both.
  const request = { by: call.actor.by, key, request: JSON.stringify(body) };
  const { answer, replayed } = unwrap(await core.idempotency.once(request, run));
  set.headers["idempotency-replayed"] = String(replayed);
  return answer;
}

/** The part of a route's context that a create needs. */
interface OnceContext {
  call: RestCall;
  headers: { "idempotency-key"?: string };
  body: unknown;
  set: { headers: Record<string, string | number> };
}
