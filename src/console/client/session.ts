/** The console's session: the admin key is sent once, and the browser keeps a cookie. */

import { useSyncExternalStore } from "react";
import { noteAway } from "./connection.ts";
import { CallError, faultOf } from "./problem.ts";

const SESSION_PATH = "/console/session";

/** `unknown` until the server has said whether the cookie holds. */
export type Standing = "unknown" | "guest" | "admin";

let standing: Standing = "unknown";
const listeners = new Set<() => void>();

function become(next: Standing): void {
  standing = next;
  for (const listener of listeners) listener();
}

/** Notes that the server refused the cookie. */
export const noteSignedOut = (): void => become("guest");

async function ask(method: "GET" | "POST" | "DELETE", body?: object): Promise<void> {
  let response: Response;
  try {
    response = await fetch(SESSION_PATH, {
      method,
      cache: "no-store",
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    });
  } catch (cause) {
    noteAway();
    throw new CallError({ kind: "away" }, { cause });
  }
  if (response.ok) return;
  throw new CallError(faultOf(response, await response.json().catch(() => null)));
}

/** Asks whether the cookie holds; throws when the server does not say. */
export async function recallSession(): Promise<void> {
  try {
    await ask("GET");
    become("admin");
  } catch (error) {
    if (!(error instanceof CallError) || error.fault.kind !== "refused") throw error;
    if (error.fault.problem.status !== 401) throw error;
    become("guest");
  }
}

/** Begins a session with the admin key. */
export async function signIn(key: string): Promise<void> {
  await ask("POST", { key });
  become("admin");
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await ask("DELETE");
  become("guest");
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useStanding = (): Standing => useSyncExternalStore(subscribe, () => standing);
