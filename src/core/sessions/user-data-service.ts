import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Session } from "./session.ts";
import type { SessionProof, SessionService } from "./session-service.ts";
import type { SessionTable } from "./session-table.ts";
import { type EncryptedUserData, openUserData, type UserData } from "./user-data.ts";

/** Decrypts the data of logged-in clients, and stores it as their profile. */
export class UserDataService {
  readonly #tables;
  readonly #sessions;

  constructor({
    tables,
    sessions,
  }: { tables: { sessions: SessionTable }; sessions: SessionService }) {
    this.#tables = tables;
    this.#sessions = sessions;
  }

  /**
   * Decrypts data with the session's key, and returns the appid of the session with it.
   *
   * @returns a Failure: decryptionFailed, or one of {@link SessionService.open}
   */
  async decrypt(
    proof: SessionProof,
    data: EncryptedUserData,
  ): Promise<{ userData: UserData; appid: string } | Failure> {
    const session = await this.#sessions.open(proof);
    if (session instanceof Failure) return session;
    const userData = openUserData(data, session);
    return userData instanceof Failure ? userData : { userData, appid: session.appid };
  }

  /**
   * Replaces the stored profile by the decrypted one, and returns the changed session.
   *
   * @returns a Failure: storeFailed, decryptionFailed, or one of {@link SessionService.open}
   */
  async replaceUserInfo(proof: SessionProof, data: EncryptedUserData): Promise<Session | Failure> {
    const session = await this.#sessions.open(proof);
    if (session instanceof Failure) return session;
    const userData = openUserData(data, session);
    if (userData instanceof Failure) return userData;
    const replaced = await attempt("storeFailed", () =>
      this.#tables.sessions.replaceProfile(session, userData.members),
    );
    // null when a login elsewhere has meanwhile replaced the session.
    return replaced ?? new Failure("sessionNotFound");
  }
}
