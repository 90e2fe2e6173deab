import type { Credential } from "../../core/credentials/credential.ts";
import type { CredentialTable } from "../../core/credentials/credential-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Environment } from "./environment.ts";
import { KeptReads } from "./kept-reads.ts";
import { readPage } from "./paging.ts";
import type { LmdbRenewalFailures } from "./renewal-failures.ts";

type CredentialRecord = Omit<Credential, "key" | "value"> & { value: Uint8Array };

const AFTER_KEYS = "\u{10ffff}";
const valuePlace = (key: string): string => `credentials:${key}:value`;

export class LmdbCredentials implements CredentialTable {
  readonly #env;
  readonly #sealer;
  readonly #credentials;
  readonly #failures;
  readonly #kept;

  constructor(env: Environment, sealer: Sealer, failures: LmdbRenewalFailures) {
    this.#env = env;
    this.#failures = failures;
    this.#sealer = sealer;
    this.#credentials = env.table<CredentialRecord, string>("credentials");
    this.#kept = new KeptReads<Credential>(env);
  }

  get(key: string): Credential | null {
    return this.#kept.get(key, () => this.#load(key, this.#credentials.get(key)));
  }

  getNow(key: string): Credential | null {
    return this.#kept.getNow(key, () => this.#load(key, this.#credentials.get(key)));
  }

  put({ key, ...credential }: Credential): Promise<void> {
    const value = this.#sealer.seal(credential.value, valuePlace(key));
    return this.#env.write(() => void this.#credentials.put(key, { ...credential, value }));
  }

  touch(key: string, lastUsedAt: Milliseconds): Promise<void> {
    return this.#env.writeUnflushed(() => {
      const record = this.#credentials.get(key);
      if (record === undefined) return;
      if (record.lastUsedAt < lastUsedAt || isAhead(record.lastUsedAt, lastUsedAt))
        this.#credentials.put(key, { ...record, lastUsedAt });
    });
  }

  delete(key: string): Promise<boolean> {
    return this.#env.write(() => {
      if (this.#credentials.get(key) === undefined) return false;
      this.#credentials.remove(key);
      return true;
    });
  }

  list(page: PageRequest): Page<Credential> {
    return this.#env.read(() =>
      readPage(this.#credentials, { start: "", end: AFTER_KEYS }, page, (key, record) =>
        this.#load(key, record),
      ),
    );
  }

  /** Removes all whose keys begin so, and their failures. Only inside a write. */
  removeByPrefix(prefix: string): void {
    this.#failures.removeByPrefix(prefix);
    for (const key of [
      ...this.#credentials.getKeys({ start: prefix, end: `${prefix}${AFTER_KEYS}` }),
    ])
      this.#credentials.remove(key);
  }

  #load(key: string, record: CredentialRecord | undefined): Credential | null {
    if (record === undefined) return null;
    return { key, ...record, value: this.#sealer.open(record.value, valuePlace(key)) };
  }
}
