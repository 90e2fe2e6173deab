import { signWithSessionKey } from "../../crypto/session-signature.ts";
import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import { isSessionId, type SessionWithKey } from "../sessions/session.ts";
import type { SessionTable } from "../sessions/session-table.ts";
import type { CredentialUpstream } from "./credential-upstream.ts";
import type { OwnerCredentials } from "./owner-credentials.ts";

/** Checks and resets session_keys (docs/protocol-reference.md#session-key-check). */
export class SessionKeyService {
  readonly #deps;

  constructor(deps: {
    tables: { sessions: SessionTable };
    ownerCredentials: OwnerCredentials;
    wechat: CredentialUpstream;
    audit: AuditTrail;
  }) {
    this.#deps = deps;
  }

  /**
   * Tells whether a session's session_key is still the user's current one.
   *
   * @returns a Failure: sessionNotFound, wechatRefused, wechatAnswerWrong, or one of
   * {@link OwnerCredentials.get}
   */
  async check(appid: string, sessionId: string): Promise<boolean | Failure> {
    const session = await this.#open(appid, sessionId);
    if (session instanceof Failure) return session;
    const signature = signWithSessionKey("", session.sessionKey);
    return this.#deps.ownerCredentials.call(session.appid, (call) =>
      this.#deps.wechat.checkSessionKey(call, session.openid, signature),
    );
  }

  /**
   * Has WeChat make a new session_key, and stores it. The user stays logged in.
   *
   * @returns null, or a Failure: sessionNotSaved, or one of {@link SessionKeyService.check}
   */
  async reset(appid: string, sessionId: string, actor: Actor): Promise<null | Failure> {
    const session = await this.#open(appid, sessionId);
    if (session instanceof Failure) return session;
    const signature = signWithSessionKey("", session.sessionKey);
    const sessionKey = await this.#deps.ownerCredentials.call(session.appid, (call) =>
      this.#deps.wechat.resetSessionKey(call, session.openid, signature),
    );
    if (sessionKey instanceof Failure) return sessionKey;
    const saved = await attempt("sessionNotSaved", () =>
      this.#deps.tables.sessions.replaceSessionKey(session, sessionKey),
    );
    if (saved instanceof Failure) return saved;
    await this.#deps.audit.record(actor, "sessionKey.reset", `${appid}/${sessionId}`);
    return null;
  }

  async #open(appid: string, id: string): Promise<SessionWithKey | Failure> {
    const session = await attempt("storeFailed", () =>
      isSessionId(id) ? this.#deps.tables.sessions.getWithSessionKey(id, appid) : null,
    );
    if (session instanceof Failure) return session;
    // Don't reveal that another app has a session of this id.
    return session?.appid === appid ? session : new Failure("sessionNotFound");
  }
}
