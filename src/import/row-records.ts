import { badSetting, DEFAULT_SETTINGS, isAppid, isAppSecret } from "../core/apps/app.ts";
import { isWorkId } from "../core/apps/work-agent.ts";
import { MAX_REMARK_LENGTH } from "../core/apps/work-agent-service.ts";
import { type Credential, tokenKey, workKey } from "../core/credentials/credential.ts";
import type { Milliseconds } from "../core/ports.ts";
import { isSessionId } from "../core/sessions/session.ts";
import { MAX_TITLE_LENGTH } from "../core/title.ts";
import type { Moved } from "../core/transfer/transfer.ts";
import type { ZoneMinutes } from "../core/zone.ts";
import { readDurations } from "../store/layout/durations.ts";
import { decodeSkey } from "../store/layout/skey.ts";
import { decodeUserInfo } from "../store/layout/user-info.ts";
import { demand, type Row } from "./row.ts";
import { textIn } from "./row-names.ts";

/** What rows need to be understood. */
export interface RowContext {
  /** Of the datetimes. */
  zone: ZoneMinutes;
  /** When the rows are taken over. */
  now: Milliseconds;
}

/** How long tokens and tickets live where the row does not say it, in seconds. */
const LIFETIME = 7200;
const SHA256_BYTES = 32;
/** An skey, session_key, token or ticket: visible characters of ASCII. */
const KEY_FORM = /^[\x21-\x7e]{1,2048}$/;
/** What the old servers' column holds. */
const MAX_OPENID_LENGTH = 100;

/**
 * An app out of a row of `cAppinfo`, and the token that scf keeps beside it.
 *
 * @throws RowError
 */
export function appFrom(row: Row, context: RowContext): Moved[] {
  return [appOf(row, context, { title: "", number: null }), ...tokenBeside(row, context)];
}

/**
 * An app out of a row of django's `wafer_appinfo`. The row's id is the number by which its clients name the app.
 *
 * @throws RowError
 */
export function djangoAppFrom(row: Row, context: RowContext): Moved[] {
  const number = Number(row.text("id"));
  demand(Number.isSafeInteger(number) && number >= 1, "id is no number of an app");
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
  demand(isAppid(appid), "appid is none");
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

/** @throws RowError when a text can be no AppSecret */
export function demandSecret(text: string, column: string): void {
  demand(text !== "", `${column} is empty`);
  demand(isAppSecret(text), `${column} is none: it is too long, or holds a space`);
  demand(badSetting({ appSecret: text }) === null, `${column} holds an appid`);
}

const tokenBeside = (row: Row, context: RowContext): Moved[] =>
  credentialIn(row, context, tokenKey(row.text("appid")), {
    value: "access_token",
    fetched: "update_time",
    seconds: "expires_in",
  });

/**
 * An agent out of a row of scf's `cAppinfo_work`, and the token and tickets beside it.
 *
 * @throws RowError
 */
export function agentFrom(row: Row, context: RowContext): Moved[] {
  const [corpid, agentid, agentSecret] = [
    row.text("corpid"),
    row.text("agentid"),
    row.text("agentsecret"),
  ];
  demand(isWorkId(corpid), corpid === "" ? "corpid is empty" : "corpid is none");
  demand(isWorkId(agentid), agentid === "" ? "agentid is empty" : "agentid is none");
  demandSecret(agentSecret, "agentsecret");
  const remark = row.text("remark").slice(0, MAX_REMARK_LENGTH).toWellFormed();
  const { now } = context;
  const agent = { corpid, agentid, agentSecret, remark, createdAt: now, updatedAt: now };
  const [token, ticket, agentTicket] = [
    { value: "access_token", fetched: "update_time", seconds: "expires_in" },
    { value: "ticket", fetched: "ticket_update_time", seconds: "ticket_expires_in" },
    { value: "agent_ticket", fetched: "agent_update_time", seconds: null },
  ];
  return [
    { kind: "agent", agent },
    ...credentialIn(row, context, workKey(corpid, agentid, "token"), token),
    ...credentialIn(row, context, workKey(corpid, agentid, "ticket"), ticket),
    ...credentialIn(row, context, workKey(corpid, agentid, "agent-ticket"), agentTicket),
  ];
}

/** A token or ticket in these columns; none when it is over, which is nothing worth to be told. */
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
  // One that is yet to be fetched was written in another zone: nobody knows when it ends.
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
 * A session out of a row of `cSessionInfo`, or of django's `wafer_sessioninfo`.
 *
 * @param appid whose it is
 * @throws RowError
 */
export function sessionFrom(row: Row, appid: string, { zone }: RowContext): Moved {
  const id = row.text("uuid");
  demand(isSessionId(id), id === "" ? "uuid is empty" : "uuid is no session's id");
  const openid = row.text("open_id");
  demandOpenid(openid, "open_id");
  const skey = readSkey(row.text("skey"), "skey");
  const sessionKey = row.text("session_key");
  demandKey(sessionKey, "session_key");
  const loginAt = row.time("create_time", zone);
  demand(loginAt !== null, "create_time is no time");
  const unionid = row.text("union_id");
  // php and go have no place for the unionid but the profile.
  const identity = unionid === "" ? { openid } : { openid, unionid };
  const lastVisitAt = row.time("last_visit_time", zone) ?? loginAt;
  // php stored whatever came of a decryption: bytes that are no text are a user without a profile, too.
  const profile = decodeUserInfo(textIn(row, "user_info"), identity);
  return {
    kind: "session",
    session: { id, appid, openid, ...profile, ...skey, sessionKey, loginAt, lastVisitAt },
  };
}

/** @throws RowError when a text can be no openid */
export function demandOpenid(text: string, column: string): void {
  demand(text !== "", `${column} is empty`);
  demand(text.length <= MAX_OPENID_LENGTH && text.isWellFormed(), `${column} is too long`);
}

/** @throws RowError when a text can be no skey, session_key, token or ticket */
export function demandKey(text: string, column: string): void {
  demand(text !== "", `${column} is empty`);
  demand(KEY_FORM.test(text), `${column} is too long, or holds other than visible characters`);
}

/**
 * An skey as the old layouts keep it: itself, or its marked hash.
 *
 * @throws RowError
 */
export function readSkey(text: string, column: string): ReturnType<typeof decodeSkey> {
  demandKey(text, column);
  const skey = decodeSkey(text);
  demand(skey.skeyHash.length === SHA256_BYTES, `${column} holds half a hash`);
  return skey;
}
