import { type App, isAppid } from "../apps/app.ts";
import type { AppTable } from "../apps/app-table.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page } from "../page.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { isSessionId, type Session } from "./session.ts";
import { type ListedSession, listedSession } from "./session-administration.ts";
import type { SessionTable } from "./session-table.ts";

/** How long a search looks before it says how far it came. */
const PATIENCE_MS: Milliseconds = 500;
/** The most sessions of one user in an answer. */
const MOST_SESSIONS = 100;
const APPS_PAGE = 200;
const LONGEST_CURSOR = 2048;

/** The users that are wanted: one of these. */
export type UserQuery =
  | { by: "openid"; text: string }
  | { by: "unionid"; text: string }
  | { by: "session"; text: string }
  /** Those whose nickname contains the text, in any case. */
  | { by: "nickname"; text: string };

/** A user of an app. */
export interface FoundUser {
  appid: string;
  openid: string;
  unionid: string | null;
  /** The profile of the session that was found. */
  userInfo: Session["userInfo"];
  /** The sessions of this user at this app. */
  sessions: ListedSession[];
  /** Whether there are more sessions than these. */
  hasMoreSessions: boolean;
}

/** The outcome of a search. */
export interface FoundUsers {
  items: FoundUser[];
  /** How many sessions it looked at. */
  searched: number;
  /** Where to go on; null when it looked at everything. */
  next: string | null;
}

export interface UserSearchDeps {
  tables: { apps: Pick<AppTable, "get" | "list">; sessions: SessionTable };
  clock: Clock;
  monotonic: () => Milliseconds;
}

/** A place in a search: an app, how far its sessions were read, and the user who was read last. */
interface Place {
  appid: string;
  cursor: string | null;
  openid: string | null;
}

/**
 * Finds users. There is an index by openid and by session id only: by nickname and unionid it reads
 * sessions page by page, for half a second.
 */
export class UserSearch {
  readonly #deps;

  constructor(deps: UserSearchDeps) {
    this.#deps = deps;
  }

  /**
   * Finds users of one app, or of all apps.
   *
   * @param appid null for all apps
   * @param limit the most users to return
   * @param cursor the `next` of an earlier search for the same
   * @returns a Failure: appNotFound, badParameter (cursor), storeFailed
   */
  find(
    query: UserQuery,
    appid: string | null,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<FoundUsers | Failure> {
    return attempt("storeFailed", async () => {
      const from = cursor === undefined ? null : parsePlace(cursor);
      if (cursor !== undefined && (from === null || (appid !== null && from.appid !== appid)))
        return new Failure("badParameter", { reason: "cursor" });
      const { apps } = this.#deps.tables;
      const only = appid === null ? null : isAppid(appid) ? await apps.get(appid) : undefined;
      if (appid !== null && !only) return new Failure("appNotFound");
      if (query.by === "session") return this.#bySession(query.text, appid);
      return this.#scan(query, only ? [only] : this.#apps(), from, limit);
    });
  }

  async #bySession(id: string, appid: string | null): Promise<FoundUsers> {
    const { apps, sessions } = this.#deps.tables;
    const session = isSessionId(id) ? await sessions.get(id, appid) : null;
    const app =
      session === null || (appid !== null && session.appid !== appid)
        ? null
        : await apps.get(session.appid);
    if (session === null || app === null) return { items: [], searched: 0, next: null };
    return { items: [await this.#user(app, session)], searched: 1, next: null };
  }

  async #scan(
    query: UserQuery,
    apps: Iterable<App> | AsyncIterable<App>,
    from: Place | null,
    limit: number,
  ): Promise<FoundUsers | Failure> {
    const { clock, monotonic } = this.#deps;
    const found: FoundUsers = { items: [], searched: 0, next: null };
    const begunAt = monotonic();
    let isThere = from === null;
    for await (const app of apps) {
      isThere ||= app.appid === from?.appid;
      if (!isThere) continue;
      let place: Place =
        from?.appid === app.appid ? from : { appid: app.appid, cursor: null, openid: null };
      for (;;) {
        const isLate = monotonic() - begunAt > PATIENCE_MS;
        // Smaller and smaller pages would look for the last few users one by one.
        if (isLate || found.items.length * 2 > limit) return { ...found, next: formatPlace(place) };
        const page = await this.#page(query, place, limit - found.items.length, found);
        for (const session of page.items) {
          if (session.openid !== place.openid && isWanted(session, query)) {
            found.items.push(await this.#user(app, session));
            place = { ...place, openid: session.openid };
          }
        }
        if (page.next === null) break;
        place = { ...place, cursor: page.next };
        // A store that reads at once would hold up all requests.
        await clock.sleep(0);
      }
    }
    // An app that was removed since is not in the list.
    return isThere ? found : new Failure("badParameter", { reason: "cursor" });
  }

  async #page(
    query: UserQuery,
    { appid, cursor }: Place,
    limit: number,
    found: FoundUsers,
  ): Promise<Page<Session>> {
    let unreadable = 0;
    const page = await this.#deps.tables.sessions.list(
      appid,
      query.by === "openid" ? query.text : null,
      {
        limit,
        ...(cursor !== null && { cursor }),
        onUnreadable() {
          unreadable += 1;
        },
      },
    );
    found.searched += page.items.length + unreadable;
    return page;
  }

  /** Returns a user with the sessions at an app. */
  async #user(app: App, { appid, openid, unionid, userInfo }: Session): Promise<FoundUser> {
    const { items, next } = await this.#deps.tables.sessions.list(appid, openid, {
      limit: MOST_SESSIONS,
      onUnreadable: () => undefined,
    });
    const now = this.#deps.clock.now();
    return {
      ...{ appid, openid, unionid, userInfo },
      sessions: items.map((session) => listedSession(session, app, now)),
      hasMoreSessions: next !== null,
    };
  }

  async *#apps(): AsyncGenerator<App> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page<App> = await this.#deps.tables.apps.list({
        limit: APPS_PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      yield* page.items;
      cursor = page.next;
    }
  }
}

function isWanted({ unionid, userInfo }: Session, { by, text }: UserQuery): boolean {
  if (by === "unionid") return unionid === text;
  // A list of an openid, or of a session, has no others.
  if (by !== "nickname") return true;
  const nickname = userInfo["nickName"];
  return typeof nickname === "string" && nickname.toLowerCase().includes(text.toLowerCase());
}

const formatPlace = ({ appid, cursor, openid }: Place): string =>
  Buffer.from(JSON.stringify([appid, cursor, openid])).toString("base64url");

/** Parses a place, which a client sent; null for another text. */
function parsePlace(text: string): Place | null {
  if (text.length > LONGEST_CURSOR) return null;
  try {
    const [appid, cursor, openid, ...rest] = JSON.parse(
      Buffer.from(text, "base64url").toString(),
    ) as unknown[];
    const isText = (one: unknown): one is string | null => one === null || typeof one === "string";
    return typeof appid === "string" && isText(cursor) && isText(openid) && rest.length === 0
      ? { appid, cursor, openid }
      : null;
  } catch {
    return null;
  }
}
