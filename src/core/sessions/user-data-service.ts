import type { Ciphertext } from "../../crypto/user-data.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Limits } from "../limits/limits.ts";
import { type OwnProfile, ownProfileFailure } from "./own-profile.ts";
import type { Session } from "./session.ts";
import type { SessionProof, SessionService } from "./session-service.ts";
import type { SessionTable } from "./session-table.ts";
import {
  type EncryptedUserData,
  openUserData,
  parseUserData,
  type UserData,
  type UserDataOwner,
} from "./user-data.ts";
import {
  isProfileTooLarge,
  type JsonObject,
  MAX_PROFILE_KIB,
  SELF_REPORTED,
  selfReportedIn,
} from "./user-info.ts";

/** Decrypts the data of clients, and stores it as their profile. */
export class UserDataService {
  readonly #tables;
  readonly #sessions;
  readonly #limits;

  constructor({
    tables,
    sessions,
    limits,
  }: { tables: { sessions: SessionTable }; sessions: SessionService; limits: Limits }) {
    this.#tables = tables;
    this.#sessions = sessions;
    this.#limits = limits;
  }

  /**
   * Decrypts data with a user's key. Every protocol decrypts here. Failures are limited, and so are
   * successes that a forger may have made of pieces. A user's sessions have one limit, because they
   * have one key.
   *
   * @returns a Failure: decryptionFailed, tooOften
   */
  open(ciphertext: Ciphertext, owner: UserDataOwner): UserData | Failure {
    const { appid, openid } = owner;
    const limit = this.#limits.of("failed_decryptions");
    const user = `${appid} ${openid}`;
    const refusal = limit.pass(user, { appid });
    if (refusal !== null) return refusal;
    const userData = openUserData(ciphertext, owner);
    if (!(userData instanceof Failure || userData.isDoubtful)) limit.giveBack(user);
    return userData;
  }

  /**
   * Decrypts data that will be stored as a profile.
   *
   * @returns a Failure: decryptionFailed, for a profile that is too large as well, tooOften
   */
  openProfile(ciphertext: Ciphertext, owner: UserDataOwner): JsonObject | Failure {
    const userData = this.open(ciphertext, owner);
    if (userData instanceof Failure) return userData;
    return isProfileTooLarge(userData.members)
      ? new Failure("decryptionFailed", {
          reason: `the profile is larger than ${MAX_PROFILE_KIB} KiB`,
        })
      : userData.members;
  }

  /**
   * Decrypts data with the session's key, and returns the appid of the session with it.
   *
   * @returns a Failure: decryptionFailed, tooOften, or one of {@link SessionService.open}
   */
  async decrypt(
    proof: SessionProof,
    data: EncryptedUserData,
  ): Promise<{ userData: UserData; appid: string } | Failure> {
    const session = await this.#sessions.open(proof);
    if (session instanceof Failure) return session;
    const ciphertext = parseUserData(data);
    if (ciphertext instanceof Failure) return ciphertext;
    const userData = this.open(ciphertext, session);
    return userData instanceof Failure ? userData : { userData, appid: session.appid };
  }

  /**
   * Changes the stored profile by what the user says, and marks those members as the user's own
   * word (`selfReported`).
   *
   * @param change null removes a member
   * @param how `merge` keeps the members that the change leaves out, `replace` drops them
   * @returns a Failure: badParameter with the wrong member, or `userInfo` for a profile that is too
   * large, storeFailed, or one of {@link SessionService.open}
   */
  async changeOwnProfile(
    proof: SessionProof,
    change: OwnProfile,
    how: "merge" | "replace",
  ): Promise<Session | Failure> {
    const wrong = ownProfileFailure(change);
    if (wrong !== null) return wrong;
    const session = await this.#sessions.open(proof);
    if (session instanceof Failure) return session;
    const profile = changed(how === "merge" ? session.userInfo : {}, change);
    if (isProfileTooLarge(profile)) return new Failure("badParameter", { reason: "userInfo" });
    return this.#replaceProfile(session, profile);
  }

  /**
   * Replaces the stored profile by the decrypted one, and returns the changed session.
   *
   * @returns a Failure: storeFailed, decryptionFailed, tooOften, or one of
   * {@link SessionService.open}
   */
  async replaceUserInfo(proof: SessionProof, data: EncryptedUserData): Promise<Session | Failure> {
    const session = await this.#sessions.open(proof);
    if (session instanceof Failure) return session;
    const ciphertext = parseUserData(data);
    if (ciphertext instanceof Failure) return ciphertext;
    const profile = this.openProfile(ciphertext, session);
    return profile instanceof Failure ? profile : this.#replaceProfile(session, profile);
  }

  async #replaceProfile(session: Session, profile: JsonObject): Promise<Session | Failure> {
    const replaced = await attempt("storeFailed", () =>
      this.#tables.sessions.replaceProfile(session, profile),
    );
    // null when a login elsewhere has meanwhile replaced the session.
    return replaced ?? new Failure("sessionNotFound");
  }
}

/** Returns a profile with a change merged into it, and the changed members marked. */
function changed(before: JsonObject, change: OwnProfile): JsonObject {
  const members = new Map(Object.entries(before));
  const own = new Set(selfReportedIn(before));
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) continue;
    if (value === null) members.delete(name);
    else members.set(name, value);
    if (value === null) own.delete(name);
    else own.add(name);
  }
  members.set(SELF_REPORTED, [...own]);
  return Object.fromEntries(members);
}
