import type { AuditTable } from "../access/audit-table.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Moved } from "./transfer.ts";
import type { TransferTables } from "./transfer-tables.ts";

/** Records per portion: few enough for memory. */
const PORTION = 500;

/** Yields every record that an export holds, in the order that an import needs. */
export async function* exportFrom(tables: TransferTables): AsyncGenerator<Moved[]> {
  const { apps, workAgents, serviceKeys, credentials, sessions } = tables;
  const appids: string[] = [];
  for await (const page of pages((request) => apps.list(request))) {
    appids.push(...page.map(({ appid }) => appid));
    yield page.map(({ number, revision: _, ...app }) => ({ kind: "app", app, number }));
  }
  for await (const page of pages((request) => workAgents.list(request)))
    yield page.map((agent) => ({ kind: "agent", agent }));
  for await (const page of pages((request) => serviceKeys.list(request)))
    yield page.map((key) => ({ kind: "serviceKey", key }));
  for await (const page of pages((request) => credentials.list(request)))
    yield page.map((credential) => ({ kind: "credential", credential }));
  for (const appid of appids)
    for await (const page of pages((request) => sessions.dump(appid, request)))
      yield page.map(({ expiresAt: _, ...session }) => ({ kind: "session", session }));
  yield* auditFromTheStart(tables.audit);
}

/**
 * Yields the audit's entries, earliest first: its list begins with the latest, and an import
 * appends.
 */
async function* auditFromTheStart(audit: AuditTable): AsyncGenerator<Moved[]> {
  const cursors: (string | undefined)[] = [];
  let cursor: string | undefined;
  do {
    cursors.push(cursor);
    cursor = (await audit.list(request(cursor))).next ?? undefined;
  } while (cursor !== undefined);
  for (const from of cursors.reverse()) {
    const { items } = await audit.list(request(from));
    yield items.reverse().map((entry) => ({ kind: "audit", entry }));
  }
}

const request = (cursor: string | undefined): PageRequest => ({
  limit: PORTION,
  ...(cursor !== undefined && { cursor }),
});

async function* pages<T>(
  list: (page: PageRequest) => Page<T> | Promise<Page<T>>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  do {
    const page = await list(request(cursor));
    if (page.items.length > 0) yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
