import type { Database, Key, Transaction } from "lmdb";
import type { Flaw } from "../../core/store.ts";
import type { ActivityCounts } from "../../core/usage/activity-table.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Environment } from "./environment.ts";
import { idInExpiryKey, idInUserKey, possibleKeys } from "./session-indexes.ts";
import { readWhole, sessionLayout } from "./session-layout.ts";

// biome-ignore lint/suspicious/noExplicitAny: a check reads records of any shape
type Any = any;

/** Records between two pauses that let other work run. */
const STRIDE = 1000;

/** Checks a consistent snapshot of the whole environment; see Store.check. */
export async function checkEnvironment(
  env: Environment,
  sealer: Sealer,
  onFlaw: (flaw: Flaw) => void,
): Promise<Record<string, number>> {
  const view = env.snapshot();
  try {
    return await new Check(env, view, sealer, onFlaw).run();
  } finally {
    view.done();
  }
}

class Check {
  readonly #env;
  readonly #view;
  readonly #sealer;
  readonly #flaw;

  constructor(env: Environment, view: Transaction, sealer: Sealer, onFlaw: (flaw: Flaw) => void) {
    this.#env = env;
    this.#view = view;
    this.#sealer = sealer;
    this.#flaw = (what: string, problem: string) => onFlaw({ what, problem });
  }

  async run(): Promise<Record<string, number>> {
    const counters = this.#table("counters");
    const counted = (name: string): number => Number(this.#get(counters, name) ?? 0);
    const kept = (what: string, name: string, number: number): void => {
      if (counted(name) !== number)
        this.#flaw(what, `the kept count says ${counted(name)}, and there are ${number}`);
    };

    const byNumber = this.#table("apps-by-number");
    let highest = 0;
    const apps = await this.#each("apps", "app", (appid, app) => {
      this.#unseal(app.appSecret, `apps:${appid}:appSecret`);
      highest = Math.max(highest, app.number);
      this.#expect(
        this.#get(byNumber, app.number) === appid,
        `it is not found by its number ${app.number}`,
      );
    });
    kept("apps", "apps", apps);
    this.#expectOf("apps", counted("app-numbers") >= highest, "a number would be given twice");
    await this.#index("apps-by-number", "apps", ([, appid]) => [appid]);

    const byUser = this.#table("sessions-by-user");
    const byExpiry = this.#table("sessions-by-expiry");
    const ofApp = new Map<string, number>();
    const sessions = await this.#each("sessions", "session", (id, session) => {
      this.#expectWhole(id);
      ofApp.set(session.appid, (ofApp.get(session.appid) ?? 0) + 1);
      this.#unseal(session.sessionKey, `sessions:${id}:sessionKey`);
      JSON.parse(session.userInfo);
      this.#expect(session.skeyHash?.length === 32, "its skey's hash has not 32 bytes");
      const keys = possibleKeys(id, session);
      const isIn = (index: Database<Any, Any>, entries: Key[]): boolean =>
        entries.some((key) => this.#get(index, key) !== undefined);
      this.#expect(isIn(byUser, keys.byUser), "it is not in the index by user");
      this.#expect(isIn(byExpiry, keys.byExpiry), "it is not in the index by expiry");
    });
    for (const [appid, number] of ofApp) kept(`sessions of ${appid}`, `sessions:${appid}`, number);
    await this.#index("sessions-by-user", "sessions", ([key]) => [idInUserKey(key)]);
    await this.#index("sessions-by-expiry", "sessions", ([key]) => [idInExpiryKey(key)]);

    const credentials = await this.#each("credentials", "credential", (key, { value }) =>
      this.#unseal(value, `credentials:${key}:value`),
    );
    const consoles = await this.#each(
      "console-sessions",
      "session of the console",
      () => undefined,
    );
    const failures = await this.#each("renewal-failures", "failed renewal", () => undefined);
    const agents = await this.#each("work-agents", "agent", ([corpid, agentid], { agentSecret }) =>
      this.#unseal(agentSecret, `work-agents:${corpid}:${agentid}:agentSecret`),
    );

    const byHash = this.#table("service-keys-by-hash");
    const serviceKeys = await this.#each("service-keys", "service key", (id, { keyHash }) =>
      this.#expect(
        this.#get(byHash, Buffer.from(keyHash).toString("hex")) === id,
        "it is not found by its hash",
      ),
    );
    await this.#index("service-keys-by-hash", "service-keys", ([, id]) => [id]);

    const audit = await this.#each("audit", "audit entry", () => undefined);
    const answers = await this.#each("idempotency", "kept answer", (key, { answer }) => {
      if (answer !== null) this.#unseal(answer, `idempotency:${key}:answer`);
    });
    await this.#index("idempotency-by-expiry", "idempotency", ([[, key]]) => [key]);
    const users = await this.#each("weapp-users", "weapp user", (_key, { userInfo }) =>
      JSON.parse(userInfo),
    );
    await this.#index("weapp-users-by-expiry", "weapp-users", ([[, ...key]]) => [key]);
    const calls = await this.#each("call-counts", "count of calls", () => undefined);
    await this.#index("call-counts-by-expiry", "call-counts", ([[, ...key]]) => [key]);
    const buckets = await this.#each("activity", "activity", (_key, counts) =>
      this.#expect(
        Object.values(counts as ActivityCounts).some((amount) => amount > 0),
        "it counts nothing",
      ),
    );
    await this.#index("activity-by-expiry", "activity", ([[, ...key]]) => [key]);
    const claims = await this.#each("claims", "claim", (key, { done }) => {
      if (done !== null) this.#unseal(done.answer, `claims:${key}:answer`);
    });
    await this.#index("claims-by-expiry", "claims", ([[, key]]) => [key]);
    const leases = await this.#each("leases", "lease", (_name, { holder, until }) =>
      this.#expect(typeof holder === "string" && until > 0, "it has no holder or no end"),
    );
    return {
      apps,
      sessions,
      credentials,
      "failed renewals": failures,
      "sessions of the console": consoles,
      "WeCom agents": agents,
      "service keys": serviceKeys,
      "audit entries": audit,
      "weapp users": users,
      "kept answers": answers,
      "counts of calls": calls,
      "buckets of activity": buckets,
      claims,
      leases,
    };
  }

  #table(name: string): Database<Any, Any> {
    return this.#env.table<Any, Any>(name, name === "sessions" ? sessionLayout : undefined);
  }

  #get(table: Database<Any, Any>, key: Key): Any {
    return table.get(key, { transaction: this.#view });
  }

  /** Checks every record of a table, and returns how many there are. */
  async #each(
    name: string,
    what: string,
    look: (key: Any, record: Any) => unknown,
  ): Promise<number> {
    const table = this.#table(name);
    let number = 0;
    for (const key of table.getKeys({ transaction: this.#view })) {
      number += 1;
      if (number % STRIDE === 0) await new Promise((resolve) => setImmediate(resolve));
      const shown = `${what} ${Array.isArray(key) ? key.join(":") : key}`;
      try {
        look(key, this.#get(table, key));
      } catch (error) {
        this.#flaw(shown, (error as Error).message);
      }
    }
    return number;
  }

  /** Checks that every entry of an index leads to a record. */
  async #index(name: string, of: string, target: (entry: [Any, Any]) => [Key]): Promise<void> {
    const table = this.#table(of);
    await this.#each(name, `entry of ${name}`, (key, value) => {
      const [record] = target([key, value]);
      this.#expect(this.#get(table, record) !== undefined, `it leads to nothing in ${of}`);
    });
  }

  /** @throws Error when the checksum of a session does not hold */
  #expectWhole(id: string): void {
    const table: Any = this.#table("sessions");
    const bytes: Buffer = table.getBinary(id, { transaction: this.#view });
    if (bytes[0] === sessionLayout.mark) readWhole(bytes, bytes.length);
  }

  #unseal(sealed: Uint8Array, place: string): void {
    this.#sealer.open(sealed, place);
  }

  #expect(holds: boolean, problem: string): void {
    if (!holds) throw new Error(problem);
  }

  #expectOf(what: string, holds: boolean, problem: string): void {
    if (!holds) this.#flaw(what, problem);
  }
}
