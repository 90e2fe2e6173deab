import { badSetting, DEFAULT_SETTINGS, isAppid, isAppSecret } from "../core/apps/app.ts";
import { agentName, isWorkId } from "../core/apps/work-agent.ts";
import { MAX_REMARK_LENGTH } from "../core/apps/work-agent-service.ts";
import type { Credential } from "../core/credentials/credential.ts";
import { keyOfCredential } from "../core/credentials/kinds.ts";
import type { Milliseconds } from "../core/ports.ts";
import { parseClientJson } from "../core/sessions/client-json.ts";
import { isSessionId } from "../core/sessions/session.ts";
import { MAX_TITLE_LENGTH } from "../core/title.ts";
import type { Moved, Unreadable } from "../core/transfer/transfer.ts";
import type { ZoneMinutes } from "../core/zone.ts";
import { readDurations } from "../store/layout/durations.ts";
import { decodeSkey } from "../store/layout/skey.ts";
import { decodeUserInfo, isUnreadableUserInfo } from "../store/layout/user-info.ts";
import { parsePythonLiteral } from "./python-literal.ts";
import { demand, type Row } from "./row.ts";
import { textOrNull } from "./row-names.ts";

/** Facts that the rows do not contain. */
export interface RowContext {
  /** The time zone of the datetimes. */
  zone: ZoneMinutes;
  /** The time of the import, for apps and agents, whose rows have none. */
  now: Milliseconds;
}

/** Seconds that a token or ticket is valid if the row does not say it. */
const LIFETIME = 7200;
const SHA256_BYTES = 32;
/** As the Django server spells it. */
const DJANGO_LAST_VISIT = "last_vist_time";
/** An skey, session_key, token or ticket: visible characters of ASCII. */
const KEY_FORM = /^[\x21-\x7e]{1,2048}$/;
/** The length of the old servers' column. */
const MAX_OPENID_LENGTH = 100;

/**
 * Reads an app from a row of `cAppinfo`, and the token that scf keeps there.
 *
 * @throws RowError
 */
export function appFrom(row: Row, context: RowContext): Moved[] {
  return [appOf(row, context, { title: "", number: null }), ...tokenBeside(row, context)];
}

/**
 * Reads an app from a row of Django's `wafer_appinfo`. Its clients name the app by the row's id.
 *
 * @throws RowError
 */
export function djangoAppFrom(row: Row, context: RowContext): Moved[] {
  const number = Number(row.text("id"));
  demand(Number.isSafeInteger(number) && number >= 1, "id is not the number of an app");
  return [
    appOf(row, context, {
      title: row.text("title").slice(0, MAX_TITLE_LENGTH).toWellFormed(),
      number,
    }),
  ];
}

function appOf(
  row: Row,
  { now }: RowContext,
  { title, number }: { title: string; number: number | null },
): Moved {
  const [appid, appSecret] = [row.text("appid"), row.text("secret")];
  demand(appid !== "", "appid is empty");
  demand(isAppid(appid), "appid is invalid");
  demandSecret(appSecret, "secret");
  const app = {
    ...DEFAULT_SETTINGS,
    appid,
    title,
    appSecret,
    ...readDurations(row.text("login_duration"), row.text("session_duration")),
    createdAt: now,
    updatedAt: now,
  };
  return { kind: "app", app, number };
}

/** @throws RowError when a text cannot be an AppSecret */
export function demandSecret(text: string, column: string): void {
  demand(text !== "", `${column} is empty`);
  demand(isAppSecret(text), `${column} is invalid: it is too long, or contains a space`);
  demand(badSetting({ appSecret: text }) === null, `${column} contains an appid`);
}

const tokenBeside = (row: Row, context: RowContext): Moved[] =>
  credentialIn(row, context, keyOfCredential("app/access-token", row.text("appid")), {
    value: "access_token",
    fetched: "update_time",
    seconds: "expires_in",
  });

/**
 * Reads an agent from a row of scf's `cAppinfo_work`, and the token and tickets there.
 *
 * @throws RowError
 */
export function agentFrom(row: Row, context: RowContext): Moved[] {
  const [corpid, agentid, agentSecret] = [
    row.text("corpid"),
    row.text("agentid"),
    row.text("agentsecret"),
  ];
  demand(isWorkId(corpid), corpid === "" ? "corpid is empty" : "corpid is invalid");
  demand(isWorkId(agentid), agentid === "" ? "agentid is empty" : "agentid is invalid");
  demandSecret(agentSecret, "agentsecret");
  const remark = row.text("remark").slice(0, MAX_REMARK_LENGTH).toWellFormed();
  const { now } = context;
  const agent = { corpid, agentid, agentSecret, remark, createdAt: now, updatedAt: now };
  const [token, ticket, agentTicket] = [
    { value: "access_token", fetched: "update_time", seconds: "expires_in" },
    { value: "ticket", fetched: "ticket_update_time", seconds: "ticket_expires_in" },
    { value: "agent_ticket", fetched: "agent_update_time", seconds: null },
  ];
  const owner = agentName(corpid, agentid);
  return [
    { kind: "agent", agent },
    ...credentialIn(row, context, keyOfCredential("agent/access-token", owner), token),
    ...credentialIn(row, context, keyOfCredential("agent/ticket", owner), ticket),
    ...credentialIn(row, context, keyOfCredential("agent/agent-ticket", owner), agentTicket),
  ];
}

/** Reads the token or ticket in these columns. An expired one is left out without a report. */
function credentialIn(
  row: Row,
  { zone, now }: RowContext,
  key: string,
  columns: { value: string; fetched: string; seconds: string | null },
): Moved[] {
  const value = row.text(columns.value);
  const fetchedAt = row.time(columns.fetched, zone);
  if (!KEY_FORM.test(value) || fetchedAt === null) return [];
  const seconds = (columns.seconds === null ? "" : row.text(columns.seconds)) || LIFETIME;
  const expiresAt = fetchedAt + Number(seconds) * 1000;
  // A time in the future was written in another zone, so its expiry is unknown.
  if (!(expiresAt > now) || fetchedAt > now) return [];
  const credential: Credential = {
    key,
    value,
    fetchedAt,
    expiresAt,
    lastUsedAt: fetchedAt,
    forcedAt: null,
  };
  return [{ kind: "credential", credential }];
}

/**
 * Reads a session from a row of `cSessionInfo` or of Django's `wafer_sessioninfo`, and reports a
 * profile that cannot be read.
 *
 * @param what the row, for the report
 * @param appid the app of the session
 * @throws RowError
 */
export function sessionFrom(
  what: string,
  row: Row,
  appid: string,
  { zone }: RowContext,
): (Moved | Unreadable)[] {
  const id = row.text("uuid");
  demand(isSessionId(id), id === "" ? "uuid is empty" : "uuid is not a session's id");
  const openid = row.text("open_id");
  demandOpenid(openid, "open_id");
  const skey = readSkey(row.text("skey"), "skey");
  const sessionKey = row.text("session_key");
  demandKey(sessionKey, "session_key");
  const loginAt = row.time("create_time", zone);
  demand(loginAt !== null, "create_time is not a time");
  const unionid = row.text("union_id");
  // php and go keep the unionid in the profile only.
  const identity = unionid === "" ? { openid } : { openid, unionid };
  const lastVisitAt =
    row.time("last_visit_time", zone) ?? row.time(DJANGO_LAST_VISIT, zone) ?? loginAt;
  const stored = profileIn(row);
  const profile = decodeUserInfo(stored ?? "", identity);
  const session = { id, appid, openid, ...profile, ...skey, sessionKey, loginAt, lastVisitAt };
  if (stored !== null && !isUnreadableUserInfo(stored)) return [{ kind: "session", session }];
  // php stored the result of every decryption, so other bytes mean a user without a profile.
  const reason = "user_info is not a profile: the session is imported without it";
  return [
    { kind: "session", session },
    { kind: "unreadable", what, reason, isKept: true },
  ];
}

/** Returns the profile as most old servers store it; null for other bytes. */
function profileIn(row: Row): string | null {
  const text = textOrNull(row, "user_info");
  if (!text?.trimStart().startsWith("{")) return text;
  // Django stores repr() of the profile, or its JSON.
  const members = parseClientJson(Buffer.from(text)).members ?? parsePythonLiteral(text);
  return members === undefined ? text : Buffer.from(JSON.stringify(members)).toString("base64");
}

/** @throws RowError when a text cannot be an openid */
export function demandOpenid(text: string, column: string): void {
  demand(text !== "", `${column} is empty`);
  demand(text.length <= MAX_OPENID_LENGTH && text.isWellFormed(), `${column} is too long`);
}

/** @throws RowError when a text cannot be an skey, session_key, token or ticket */
export function demandKey(text: string, column: string): void {
  demand(text !== "", `${column} is empty`);
  demand(KEY_FORM.test(text), `${column} is too long, or contains invisible characters`);
}

/**
 * Reads an skey column of the old layouts: the skey or its marked hash.
 *
 * @throws RowError
 */
export function readSkey(text: string, column: string): ReturnType<typeof decodeSkey> {
  demandKey(text, column);
  const skey = decodeSkey(text);
  demand(skey.skeyHash.length === SHA256_BYTES, `${column} contains an incomplete hash`);
  return skey;
}
