import type { Store } from "../../src/core/store.ts";

/** Numbers of calls by operation, such as `sessions.get`. */
export type Calls = Map<string, number>;

/** Wraps a store so that the calls of its tables' operations are counted. */
export function countingStore(store: Store, calls: Calls): Store {
  const counting = <T extends object>(name: string, table: T): T =>
    new Proxy(table, {
      get(target, operation) {
        const member = Reflect.get(target, operation, target) as unknown;
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          const call = `${name}.${String(operation)}`;
          calls.set(call, (calls.get(call) ?? 0) + 1);
          return member.apply(target, args);
        };
      },
    });
  return {
    ...store,
    apps: counting("apps", store.apps),
    sessions: counting("sessions", store.sessions),
    credentials: counting("credentials", store.credentials),
    leases: counting("leases", store.leases),
    serviceKeys: counting("serviceKeys", store.serviceKeys),
  };
}
