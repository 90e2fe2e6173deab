import { sha256 } from "../../crypto/digest.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Random } from "../ports.ts";
import { isTitle } from "../title.ts";
import type { Actor } from "./audit.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { isPathPattern, MOST_PATHS } from "./key-paths.ts";
import {
  isServiceKeyId,
  SERVICE_KEY_BYTES,
  SERVICE_KEY_ID_BYTES,
  SERVICE_KEY_PREFIX,
  type ServiceKey,
} from "./service-key.ts";
import type { ServiceKeyTable } from "./service-key-table.ts";

export type NewServiceKey = Pick<
  ServiceKey,
  "title" | "apps" | "capabilities" | "paths" | "expiresAt"
>;

export interface ServiceKeyServiceDeps {
  tables: { serviceKeys: ServiceKeyTable };
  clock: Clock;
  random: Random;
  audit: AuditTrail;
  /** Whether an appid, or an agent as `corpid:agentid`, is registered. */
  isRegistered(owner: string): Promise<boolean | Failure>;
}

/** The keys of business servers. */
export class ServiceKeyService {
  readonly #deps;

  constructor(deps: ServiceKeyServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Creates a key. It cannot be read again, because the store keeps its hash only.
   *
   * @returns the key's text and its record, or a Failure: badParameter (title; apps: one of them is
   * not registered; paths: one of them has another form, or the key has no `proxy`; expiresAt: it
   * is in the past), storeFailed
   */
  async create(
    wanted: NewServiceKey,
    actor: Actor,
  ): Promise<{ key: string; record: ServiceKey } | Failure> {
    const { tables, clock, random, audit, isRegistered } = this.#deps;
    const now = clock.now();
    if (!isTitle(wanted.title)) return new Failure("badParameter", { reason: "title" });
    if (!arePathsGood(wanted)) return new Failure("badParameter", { reason: "paths" });
    if (wanted.expiresAt !== null && wanted.expiresAt <= now)
      return new Failure("badParameter", { reason: "expiresAt" });
    for (const app of wanted.apps) {
      const known = await isRegistered(app);
      if (known instanceof Failure) return known;
      if (!known) return new Failure("badParameter", { reason: "apps", cause: "not registered" });
    }
    const key = SERVICE_KEY_PREFIX + random.hex(SERVICE_KEY_BYTES);
    const record: ServiceKey = {
      id: random.hex(SERVICE_KEY_ID_BYTES),
      ...wanted,
      keyHash: sha256(key),
      createdAt: now,
      lastUsedAt: null,
      lastUsedFrom: null,
    };
    const saved = await attempt("storeFailed", () => tables.serviceKeys.create(record));
    if (saved instanceof Failure) return saved;
    await audit.record(actor, "serviceKey.created", record.id, Object.keys(wanted));
    return { key, record };
  }

  /** Returns the key of this id; a Failure: serviceKeyNotFound, storeFailed. */
  async find(id: string): Promise<ServiceKey | Failure> {
    const key = await attempt("storeFailed", () =>
      isServiceKeyId(id) ? this.#deps.tables.serviceKeys.get(id) : null,
    );
    return key ?? new Failure("serviceKeyNotFound");
  }

  /** Lists keys by id; a Failure: badParameter (cursor), storeFailed. */
  list(page: PageRequest): Promise<Page<ServiceKey> | Failure> {
    return attempt("storeFailed", () => this.#deps.tables.serviceKeys.list(page));
  }

  /** Revokes a key at once, for all processes; a Failure: serviceKeyNotFound, storeFailed. */
  async revoke(id: string, actor: Actor): Promise<null | Failure> {
    const { tables, audit } = this.#deps;
    const revoked = await attempt("storeFailed", () =>
      isServiceKeyId(id) ? tables.serviceKeys.revoke(id) : false,
    );
    if (revoked instanceof Failure) return revoked;
    if (!revoked) return new Failure("serviceKeyNotFound");
    await audit.record(actor, "serviceKey.revoked", id);
    return null;
  }
}

const arePathsGood = ({ paths, capabilities }: NewServiceKey): boolean =>
  paths === null ||
  (capabilities.includes("proxy") &&
    paths.length > 0 &&
    paths.length <= MOST_PATHS &&
    paths.every(isPathPattern));
