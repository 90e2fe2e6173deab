import type { AuditTable } from "../access/audit-table.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Moved } from "./transfer.ts";
import type { TransferTables } from "./transfer-tables.ts";

/** Records per portion: few enough for memory. */
const PORTION = 500;

/**
 * Yields every record that an export holds, in the order that an import needs.
 *
 * @param onUnreadable is called with a text for people for each record that cannot be read, and is
 *   left out
 */
export async function* exportFrom(
  tables: TransferTables,
  onUnreadable: (flaw: string) => void,
): AsyncGenerator<Moved[]> {
  const { apps, workAgents, serviceKeys, credentials, sessions } = tables;
  const of = (kind: string) => (what: string, cause: Error) =>
    onUnreadable(`${kind} ${what}: ${cause.message}`);
  const appids: string[] = [];
  const ofApps = (appid: string, cause: Error): void => {
    // Its sessions may be whole.
    appids.push(appid);
    of("app")(appid, cause);
  };
  for await (const page of pages((request) => apps.list(request), ofApps)) {
    appids.push(...page.map(({ appid }) => appid));
    yield page.map(({ number, revision: _, ...app }) => ({ kind: "app", app, number }));
  }
  for await (const page of pages((request) => workAgents.list(request), of("agent")))
    yield page.map((agent) => ({ kind: "agent", agent }));
  for await (const page of pages((request) => serviceKeys.list(request), of("service key")))
    yield page.map((key) => ({ kind: "serviceKey", key }));
  for await (const page of pages((request) => credentials.list(request), of("credential")))
    yield page.map((credential) => ({ kind: "credential", credential }));
  for (const appid of appids)
    for await (const page of pages((request) => sessions.dump(appid, request), of("session")))
      yield page.map(({ expiresAt: _, ...session }) => ({ kind: "session", session }));
  yield* auditFromTheStart(tables.audit, of("audit entry"));
}

type OnUnreadable = NonNullable<PageRequest["onUnreadable"]>;

/**
 * Yields the audit's entries, earliest first: its list begins with the latest, and an import
 * appends.
 */
async function* auditFromTheStart(
  audit: AuditTable,
  onUnreadable: OnUnreadable,
): AsyncGenerator<Moved[]> {
  const cursors: (string | undefined)[] = [];
  let cursor: string | undefined;
  do {
    cursors.push(cursor);
    cursor = (await audit.list(request(cursor, () => undefined))).next ?? undefined;
  } while (cursor !== undefined);
  for (const from of cursors.reverse()) {
    const { items } = await audit.list(request(from, onUnreadable));
    yield items.reverse().map((entry) => ({ kind: "audit", entry }));
  }
}

const request = (cursor: string | undefined, onUnreadable: OnUnreadable): PageRequest => ({
  limit: PORTION,
  onUnreadable,
  ...(cursor !== undefined && { cursor }),
});

async function* pages<T>(
  list: (page: PageRequest) => Page<T> | Promise<Page<T>>,
  onUnreadable: OnUnreadable,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  do {
    const page = await list(request(cursor, onUnreadable));
    if (page.items.length > 0) yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
