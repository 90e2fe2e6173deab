import { Gauge, Registry } from "prom-client";
import type { App } from "../../core/apps/app.ts";
import type { Credential } from "../../core/credentials/credential.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Awaitable } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import { type CredentialLabels, labelsOfKey } from "./credential-labels.ts";
import type { RegisteredApps } from "./registered-apps.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";

const PAGE = 100;
/** The most apps, and the most credentials, that get a series each. */
const MOST = 1000;

/**
 * Measures what the store holds now. Every process sees the same, so one answers for all. A store
 * that cannot be read gives `waferd_store_up` 0, and nothing else.
 *
 * @param apps gets the registered apps added
 */
export async function storeGauges(store: Store, apps: RegisteredApps): Promise<Snapshot> {
  const register = new Registry();
  const up = gauge(
    register,
    "waferd_store_up",
    "Whether the store could be read for these figures.",
  );
  try {
    await readApps(store, register, apps);
    await readCredentials(store, register);
    await readUsage(store, register);
    up.set(1);
  } catch {
    register.clear();
    register.registerMetric(up);
    up.set(0);
  }
  return snapshotOf(register);
}

async function readApps(store: Store, register: Registry, apps: RegisteredApps): Promise<void> {
  const sessions = gauge(
    register,
    "waferd_sessions",
    "Stored sessions by app, including lapsed ones that are not yet swept.",
    ["appid"],
  );
  for await (const { appid } of all<App>((page) => store.apps.list(page)))
    sessions.set({ appid: apps.add(appid) }, await store.sessions.count(appid));
}

async function readCredentials(store: Store, register: Registry): Promise<void> {
  const labels = ["owner", "kind"] as const;
  const timestamp = (name: string, help: string) =>
    gauge(register, `waferd_credential_${name}_timestamp_seconds`, help, labels);
  const fetched = timestamp("fetched", "When a hosted token or ticket was fetched from WeChat.");
  const expires = timestamp("expiry", "When a hosted token or ticket expires.");
  const used = timestamp("last_used", "When a client last asked for it, to within an hour.");
  for await (const credential of all<Credential>((page) => store.credentials.list(page))) {
    const of: CredentialLabels | null = labelsOfKey(credential.key);
    if (of === null) continue;
    fetched.set({ ...of }, credential.fetchedAt / 1000);
    expires.set({ ...of }, credential.expiresAt / 1000);
    used.set({ ...of }, credential.lastUsedAt / 1000);
  }
}

async function readUsage(store: Store, register: Registry): Promise<void> {
  const usage = await store.usage();
  const told = [
    [
      "waferd_store_size_bytes",
      "Size of the store on its disk, or in its server's memory.",
      usage.sizeBytes,
    ],
    ["waferd_store_used_bytes", "Part of the store's size that holds data.", usage.usedBytes],
    ["waferd_store_free_bytes", "Free space on the disk of the store.", usage.freeBytes],
  ] as const;
  for (const [name, help, bytes] of told)
    if (bytes !== null) gauge(register, name, help).set(bytes);
}

const gauge = <const Label extends string = never>(
  register: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
) => new Gauge({ name, help, labelNames, registers: [register] });

async function* all<T>(list: (page: PageRequest) => Awaitable<Page<T>>): AsyncGenerator<T> {
  let cursor: string | null = null;
  let listed = 0;
  do {
    const page: Page<T> = await list({ limit: PAGE, ...(cursor !== null && { cursor }) });
    yield* page.items;
    listed += page.items.length;
    cursor = page.next;
  } while (cursor !== null && listed < MOST);
}
