import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { parseObject } from "../../core/sessions/client-json.ts";
import { loginRequest } from "../../core/sessions/login-request.ts";
import { ownProfileIn } from "../../core/sessions/own-profile.ts";
import type { Session } from "../../core/sessions/session.ts";
import type { SessionProof } from "../../core/sessions/session-service.ts";
import { LOGIN_SPELLINGS, loginAnswer, sessionAnswer } from "../session-answer.ts";
import type { FailureRules } from "./codes.ts";
import type { Call, Interface } from "./interface.ts";
import {
  isGiven,
  isPara,
  optionalText,
  optionalTexts,
  type Para,
  requiredText,
  requiredTexts,
} from "./para.ts";

function proofOf({ appid, para }: Call): SessionProof | Failure {
  // As php and scf: a client that lost its session has to log in again.
  if (para["id"] === "" || para["skey"] === "") return new Failure("sessionLost");
  const proof = requiredTexts(para, ["id", "skey"]);
  return proof instanceof Failure ? proof : { ...proof, appid };
}

/** Returns how the failures of a session's own key read, for interfaces that decrypt with it. */
const withSessionKey = (decryptionFailed: string): FailureRules => ({
  sessionNotFound: { returnCode: 60021, returnMessage: "GET_SESSION_KEY_FAIL" },
  decryptionFailed: { returnCode: 60021, returnMessage: decryptionFailed },
});

/** Logs a user in by a wx.login code. */
export const idSkey: Interface = {
  async run(core, { appid, para, client }) {
    const texts = optionalTexts(para, ["code", "encrypt_data", "iv"]);
    if (texts instanceof Failure) return texts;
    const { code, encrypt_data: encryptedData, iv } = texts;
    const request = loginRequest({ appid, code, encryptedData, iv }, LOGIN_SPELLINGS);
    if (request instanceof Failure) return request;
    const login = await core.logins.login(request, await client());
    if (login instanceof Failure) return login;
    return { ...loginAnswer(login), appid: login.session.appid };
  },
};

/**
 * Verifies a session, which counts as a visit. `fast-auth.ts` answers nearly all calls in its
 * place.
 */
export const auth: Interface = {
  quiet: true,
  async run(core, call) {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const verified = await core.sessions.verify(proof);
    if (verified instanceof Failure) return verified;
    return {
      message: "AUTH_SUCCESS",
      data: sessionAnswer(verified, proof.skey),
      appid: verified.session.appid,
    };
  },
};

/**
 * Replaces the stored profile by the one in the client's encrypted data, or by `user_info` in
 * clear, which is the user's own word.
 */
export const userinfo: Interface = {
  failures: withSessionKey("USERINFO_DECRYPT_FAIL"),
  async run(core, call) {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const session = await (isGiven(call.para, "user_info")
      ? replaceInClear(core, proof, call.para)
      : replaceEncrypted(core, proof, call.para));
    if (session instanceof Failure) return session;
    return {
      message: "UPDATE_USERINFO_SUCCESS",
      data: { id: session.id, skey: proof.skey, appid: session.appid, user_info: session.userInfo },
      appid: session.appid,
    };
  },
};

function replaceEncrypted(
  core: Core,
  proof: SessionProof,
  para: Para,
): Failure | Promise<Session | Failure> {
  const data = requiredTexts(para, ["encrypt_data", "iv"]);
  if (data instanceof Failure) return data;
  return core.userData.replaceUserInfo(proof, { encryptedData: data.encrypt_data, iv: data.iv });
}

const badUserInfo = (): Failure => new Failure("badParameter", { reason: "user_info" });

/** Takes an object or its JSON text, and leaves out members that users cannot set. */
async function replaceInClear(
  core: Core,
  proof: SessionProof,
  para: Para,
): Promise<Session | Failure> {
  if (isGiven(para, "encrypt_data") || isGiven(para, "iv")) return badUserInfo();
  const given = para["user_info"];
  const members = typeof given === "string" ? parseObject(given) : given;
  if (!isPara(members)) return badUserInfo();
  const session = await core.userData.changeOwnProfile(proof, ownProfileIn(members), "replace");
  return session instanceof Failure && session.code === "badParameter"
    ? new Failure("badParameter", { ...session.detail, reason: "user_info" })
    : session;
}

/**
 * Decrypts with the session's key: to an object when there is an iv, to text in the scheme of
 * before 2016.
 */
export const decrypt: Interface = {
  failures: withSessionKey("GET_SESSION_KEY_SUCCESS_BUT_DECRYPT_FAIL"),
  async run(core, call) {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const encryptedData = requiredText(call.para, "encrypt_data");
    if (encryptedData instanceof Failure) return encryptedData;
    const iv = optionalText(call.para, "iv");
    if (iv instanceof Failure) return iv;
    const decrypted = await core.userData.decrypt(proof, { encryptedData, iv });
    if (decrypted instanceof Failure) return decrypted;
    const { userData, appid } = decrypted;
    return {
      message: "DECRYPT_SUCCESS",
      data: iv === null ? userData.text : userData.members,
      appid,
    };
  },
};
