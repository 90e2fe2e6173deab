/** Calls to the simulated WeChat of a sandbox, which needs no key. */

import { noteAway } from "./connection.ts";
import { CallError } from "./problem.ts";

/** A call and its answer, for a page that shows both. */
export interface SandboxExchange {
  request: string;
  status: number;
  answer: unknown;
}

/** Sends JSON to a path of this server, and returns the answer whatever its status is. */
export async function sandboxCall(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
): Promise<SandboxExchange> {
  const text = body === undefined ? "" : ` ${JSON.stringify(body)}`;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    });
  } catch (cause) {
    noteAway();
    throw new CallError({ kind: "away" }, { cause });
  }
  const answer: unknown = await response.json().catch(() => null);
  return { request: `${method} ${path}${text}`, status: response.status, answer };
}
