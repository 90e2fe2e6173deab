import {
  fromStoredKey,
  type ServiceKey,
  type StoredServiceKey,
} from "../../core/access/service-key.ts";
import type { ServiceKeyTable } from "../../core/access/service-key-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import type { Environment } from "./environment.ts";
import { KeptReads } from "./kept-reads.ts";
import { readPage } from "./paging.ts";

const AFTER_IDS = "\u{10ffff}";
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");

export class LmdbServiceKeys implements ServiceKeyTable {
  readonly #env;
  readonly #keys;
  readonly #byHash;
  readonly #kept;

  constructor(env: Environment) {
    this.#env = env;
    this.#keys = env.table<StoredServiceKey, string>("service-keys");
    this.#byHash = env.table<string, string>("service-keys-by-hash");
    this.#kept = new KeptReads<ServiceKey>(env);
  }

  get(id: string): ServiceKey | null {
    return this.#env.read(() => this.#load(id));
  }

  getByHash(keyHash: Uint8Array): ServiceKey | null {
    const hash = hex(keyHash);
    return this.#kept.get(hash, () => this.#loadByHash(hash));
  }

  getByHashNow(keyHash: Uint8Array): ServiceKey | null {
    const hash = hex(keyHash);
    return this.#kept.getNow(hash, () => this.#loadByHash(hash));
  }

  create(key: ServiceKey): Promise<void> {
    return this.#env.write(() => {
      this.#keys.put(key.id, key);
      this.#byHash.put(hex(key.keyHash), key.id);
    });
  }

  touch(id: string, lastUsedAt: Milliseconds, lastUsedFrom: string | null): Promise<void> {
    return this.#env.writeUnflushed(() => {
      const key = this.#keys.get(id);
      if (key === undefined) return;
      const known = key.lastUsedAt ?? 0;
      if (known < lastUsedAt || isAhead(known, lastUsedAt))
        this.#keys.put(id, { ...key, lastUsedAt, lastUsedFrom });
    });
  }

  revoke(id: string): Promise<boolean> {
    return this.#env.write(() => {
      const key = this.#keys.get(id);
      if (key === undefined) return false;
      this.#keys.remove(id);
      this.#byHash.remove(hex(key.keyHash));
      return true;
    });
  }

  list(page: PageRequest): Page<ServiceKey> {
    return this.#env.read(() =>
      readPage(this.#keys, { start: "", end: AFTER_IDS }, page, (_id, key) => fromStoredKey(key)),
    );
  }

  #loadByHash(hash: string): ServiceKey | null {
    const id = this.#byHash.get(hash);
    return id === undefined ? null : this.#load(id);
  }

  #load(id: string): ServiceKey | null {
    const stored = this.#keys.get(id);
    return stored === undefined ? null : fromStoredKey(stored);
  }
}
