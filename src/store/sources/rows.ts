import { isAppid, isAppSecret } from "../../core/app.ts";
import { isWorkId, tokenKey, workKey } from "../../core/credential.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isSessionId } from "../../core/session.ts";
import type { Moved, Unreadable } from "../../core/transfer.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import { fromDatetime } from "../layout/datetime.ts";
import { readDurations } from "../layout/durations.ts";
import { decodeSkey } from "../layout/skey.ts";
import { decodeUserInfo } from "../layout/user-info.ts";

/** A row of an old table: values by column name in lower case. A datetime is its text, or the Date that Bun reads it as. */
export type Row = Readonly<Record<string, unknown>>;

/** What rows need to be understood. */
export interface RowContext {
  /** Of the datetimes. */
  zone: ZoneMinutes;
  now: Milliseconds;
}

/** How long an agent ticket lives; scf keeps the time of its fetch only. */
const TICKET_SECONDS = 7200;

const text = (row: Row, column: string): string => {
  const value = row[column];
  return value === null || value === undefined ? "" : String(value);
};

const time = (row: Row, column: string, { zone }: RowContext): Milliseconds | null => {
  const value = row[column];
  return fromDatetime(value instanceof Date ? value : value == null ? null : String(value), zone);
};

/** Says which row is meant, and what is wrong with it. */
const unreadable = (what: string, reason: string): Unreadable => ({ kind: "unreadable", what, reason });

/** A row of `cAppinfo` (PROTOCOL section 8), and the token that scf keeps in it while it is good. */
export function appRow(row: Row, context: RowContext): (Moved | Unreadable)[] {
  return readApp(row, context, `cAppinfo ${text(row, "appid")}`, { title: "", number: null });
}

/** A row of Django's `wafer_appinfo`: its id is the number by which clients name the app. */
export function djangoAppRow(row: Row, context: RowContext): (Moved | Unreadable)[] {
  const number = Number(text(row, "id"));
  const title = text(row, "title");
  return readApp(row, context, `wafer_appinfo row ${text(row, "id")}`, {
    title,
    number: Number.isSafeInteger(number) && number > 0 ? number : null,
  });
}

function readApp(
  row: Row,
  context: RowContext,
  what: string,
  { title, number }: { title: string; number: number | null },
): (Moved | Unreadable)[] {
  const appid = text(row, "appid");
  const appSecret = text(row, "secret");
  if (!isAppid(appid)) return [unreadable(what, "appid is none")];
  if (!isAppSecret(appSecret)) return [unreadable(what, "secret is empty, or holds a space")];
  const app = {
    appid,
    title,
    appSecret,
    ...readDurations(row["login_duration"] ?? null, row["session_duration"] ?? null),
    sessionsPerUser: null,
    tokenEndpoint: "stable" as const,
    createdAt: context.now,
    updatedAt: context.now,
  };
  const token = credential(row, context, tokenKey(appid), ["access_token", "update_time", "expires_in"]);
  return [{ kind: "app", app, number }, ...token];
}

/** A row of scf's `cAppinfo_work`, with the token and tickets in it that are still good. */
export function agentRow(row: Row, context: RowContext): (Moved | Unreadable)[] {
  const [corpid, agentid] = [text(row, "corpid"), text(row, "agentid")];
  const what = `cAppinfo_work ${corpid} ${agentid}`;
  const agentSecret = text(row, "agentsecret");
  if (!isWorkId(corpid) || !isWorkId(agentid)) return [unreadable(what, "corpid or agentid is none")];
  if (!isAppSecret(agentSecret)) return [unreadable(what, "agentsecret is empty, or holds a space")];
  const times = { createdAt: context.now, updatedAt: context.now };
  const key = (kind: Parameters<typeof workKey>[2]): string => workKey(corpid, agentid, kind);
  return [
    { kind: "agent", agent: { corpid, agentid, agentSecret, remark: text(row, "remark"), ...times } },
    ...credential(row, context, key("token"), ["access_token", "update_time", "expires_in"]),
    ...credential(row, context, key("ticket"), ["ticket", "ticket_update_time", "ticket_expires_in"]),
    ...credential(row, context, key("agent-ticket"), ["agent_ticket", "agent_update_time", null]),
  ];
}

/** What scf keeps beside an app or an agent; nothing when it is not there, or over. */
function credential(
  row: Row,
  context: RowContext,
  key: string,
  [value, updated, seconds]: [value: string, updated: string, seconds: string | null],
): Moved[] {
  const fetchedAt = time(row, updated, context);
  const lives = seconds === null ? TICKET_SECONDS : Number(row[seconds] ?? TICKET_SECONDS);
  const token = text(row, value);
  if (token === "" || fetchedAt === null || !(lives > 0)) return [];
  const expiresAt = fetchedAt + lives * 1000;
  if (expiresAt <= context.now) return [];
  const times = { fetchedAt, expiresAt, lastUsedAt: fetchedAt, forcedAt: null };
  return [{ kind: "credential", credential: { key, value: token, ...times } }];
}

/**
 * A row of `cSessionInfo`, or of Django's `wafer_sessioninfo`, which has the same columns but for the app's.
 *
 * @param appid whose it is, once that is known
 */
export function sessionRow(table: string, row: Row, appid: string, context: RowContext): Moved | Unreadable {
  const what = `${table} row ${text(row, "id")}`;
  const [id, openid, skey] = [text(row, "uuid"), text(row, "open_id"), text(row, "skey")];
  const loginAt = time(row, "create_time", context);
  if (!isSessionId(id)) return unreadable(what, "uuid is empty, or none");
  if (skey === "") return unreadable(what, "skey is empty");
  if (openid === "") return unreadable(what, "open_id is empty");
  if (loginAt === null) return unreadable(what, "create_time is no time");
  const unionid = text(row, "union_id");
  const session = {
    id,
    appid,
    openid,
    ...decodeUserInfo(text(row, "user_info"), {
      openid,
      ...(row["union_id"] !== undefined && unionid !== "" && { unionid }),
    }),
    ...decodeSkey(skey),
    sessionKey: text(row, "session_key"),
    loginAt,
    lastVisitAt: time(row, "last_visit_time", context) ?? loginAt,
  };
  return { kind: "session", session };
}
