import { type LeaseTable, LONGEST_LEASE } from "../../core/coordination/lease-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import type { Environment } from "./environment.ts";

interface LeaseRecord {
  holder: string;
  until: Milliseconds;
}

export class LmdbLeases implements LeaseTable {
  readonly #env;
  readonly #leases;

  constructor(env: Environment) {
    this.#env = env;
    this.#leases = env.table<LeaseRecord, string>("leases");
  }

  acquire(name: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean> {
    return this.#env.writeUnflushed(() => {
      const lease = this.#leases.get(name);
      const isFree =
        lease === undefined ||
        lease.holder === holder ||
        lease.until <= now ||
        isAhead(lease.until, now, LONGEST_LEASE);
      if (!isFree) return false;
      this.#leases.put(name, { holder, until });
      return true;
    });
  }

  release(name: string, holder: string): Promise<void> {
    return this.#env.writeUnflushed(() => {
      if (this.#leases.get(name)?.holder === holder) this.#leases.remove(name);
    });
  }

  /** Scans the table, which holds few leases because most are released. */
  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const due: string[] = [];
      for (const { key, value } of this.#leases.getRange())
        if (value.until <= now && due.push(key) === limit) break;
      for (const name of due) this.#leases.remove(name);
      return due.length;
    });
  }
}
