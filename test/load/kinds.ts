import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import {
  type AskedStore,
  checks,
  DueChecks,
  forwardAuthChecks,
  Logins,
  MixedRequests,
  minaChecks,
  restChecks,
  restTokens,
  tokens,
  weappRequests,
} from "./traffic.ts";
import type { Traffic } from "./wrk.ts";

/** Where a kind of request is measured. */
interface Scope {
  workers: "all" | "one";
  sizes: "all" | "smallest" | "largest";
}

/** The kinds of requests, in the order of the table. */
export const KINDS = {
  verify: { workers: "all", sizes: "all" },
  // Each session is due once a turn, so only the largest store has enough of them.
  "due visit": { workers: "one", sizes: "largest" },
  login: { workers: "all", sizes: "all" },
  "cached token": { workers: "all", sizes: "smallest" },
  "REST verify": { workers: "one", sizes: "smallest" },
  "REST cached token": { workers: "one", sizes: "smallest" },
  "mina/auth": { workers: "one", sizes: "smallest" },
  weapp: { workers: "one", sizes: "smallest" },
  "forward-auth": { workers: "one", sizes: "smallest" },
  mix: { workers: "one", sizes: "largest" },
} as const satisfies Record<string, Scope>;

export type RequestKind = keyof typeof KINDS;
export const REQUESTS = Object.keys(KINDS) as readonly RequestKind[];

const isKind = (name: string): name is RequestKind => Object.hasOwn(KINDS, name);

/** Returns the kinds that a list such as `verify,due visit` names. */
export function parseKinds(list: string): RequestKind[] {
  const names = list.split(",");
  if (!names.every(isKind)) throw new Error(`a request must be one of ${REQUESTS.join(", ")}`);
  return names;
}

/** Requests a second for which requests that work only once are made; with more, a turn ends. */
const AT_MOST_A_SECOND = { login: 8000, "due visit": 100_000, mix: 80_000 };

/** Kinds that put work off, which then falls into the time after a turn: seconds. */
export const SETTLING: Readonly<Partial<Record<RequestKind, number>>> = {
  "due visit": 1.5,
  mix: 1.5,
};

/** Makes requests of all kinds for the stores of one driver. */
export class Requests {
  readonly #sandbox;
  readonly #logins = new Map<string, Logins>();
  readonly #due = new Map<string, DueChecks>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Makes the requests of a turn. @param seconds duration that they have to last */
  async make(kind: RequestKind, store: AskedStore, seconds: number): Promise<Traffic> {
    switch (kind) {
      case "verify":
        return checks(store);
      case "due visit":
        return await this.#dueOf(store).make(AT_MOST_A_SECOND[kind] * seconds);
      case "login":
        return this.#loginsOf(store).make(AT_MOST_A_SECOND[kind] * seconds);
      case "cached token":
        return tokens(store);
      case "REST verify":
        return restChecks(store);
      case "REST cached token":
        return restTokens(store);
      case "mina/auth":
        return minaChecks(store);
      case "weapp":
        return await weappRequests(store);
      case "forward-auth":
        return forwardAuthChecks(store);
      case "mix":
        return await this.mixed(store, AT_MOST_A_SECOND[kind] * seconds);
    }
  }

  /** Makes so many requests of the mixed load. */
  async mixed(store: AskedStore, count: number): Promise<Traffic> {
    const mixed = new MixedRequests(store, this.#loginsOf(store), this.#dueOf(store));
    return await mixed.make(count);
  }

  #loginsOf(store: AskedStore): Logins {
    return this.#of(this.#logins, store, () => new Logins(this.#sandbox, store));
  }

  #dueOf(store: AskedStore): DueChecks {
    return this.#of(this.#due, store, () => new DueChecks(store));
  }

  #of<One>(known: Map<string, One>, { folder }: AskedStore, make: () => One): One {
    const found = known.get(folder) ?? make();
    known.set(folder, found);
    return found;
  }
}
