import { Failure } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import type { SessionProof } from "../../core/session-service.ts";
import type { FailureRules } from "./codes.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { optionalText, requiredText, requiredTexts } from "./para.ts";

/** WeChat's codes have 32 characters. */
const MAX_CODE_LENGTH = 512;

interface SessionData {
  id: string;
  skey: string;
  appid: string;
  openid: string;
  unionid: string | null;
  user_info: object;
  duration: number;
}

function sessionData(session: Session, skey: string, durationSeconds: number): SessionData {
  return {
    id: session.id,
    skey,
    appid: session.appid,
    openid: session.openid,
    unionid: session.unionid,
    user_info: session.userInfo,
    duration: durationSeconds,
  };
}

function proofOf(call: Call): SessionProof | Failure {
  const proof = requiredTexts(call.para, ["id", "skey"]);
  return proof instanceof Failure ? proof : { ...proof, appid: call.appid };
}

/** The failures of a session's own key, for interfaces that decrypt with it. */
const withSessionKey = (decryptionFailed: string): FailureRules => ({
  sessionNotFound: { returnCode: 60021, returnMessage: "GET_SESSION_KEY_FAIL" },
  decryptionFailed: { returnCode: 60021, returnMessage: decryptionFailed },
});

/** Logs a user in by a wx.login code. */
export const idSkey: Interface = {
  async run(core, call): Promise<Success | Failure> {
    const code = requiredText(call.para, "code");
    if (code instanceof Failure) return code;
    if (code.length > MAX_CODE_LENGTH) return new Failure("badParameter", { reason: "code" });
    const encryptedData = optionalText(call.para, "encrypt_data");
    if (encryptedData instanceof Failure) return encryptedData;
    const iv = optionalText(call.para, "iv");
    if (iv instanceof Failure) return iv;
    if (encryptedData === null && iv !== null) return new Failure("badParameter", { reason: "encrypt_data" });
    const userData = encryptedData === null ? null : { encryptedData, iv };
    const login = await core.logins.login({ appid: call.appid, code, userData });
    if (login instanceof Failure) return login;
    return {
      message: login.isNew ? "NEW_SESSION_SUCCESS" : "UPDATE_SESSION_SUCCESS",
      data: sessionData(login.session, login.skey, login.durationSeconds),
      appid: login.session.appid,
    };
  },
};

/** Checks a session, which counts as a visit. */
export const auth: Interface = {
  quiet: true,
  async run(core, call): Promise<Success | Failure> {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const verified = await core.sessions.verify(proof);
    if (verified instanceof Failure) return verified;
    const { session, durationSeconds } = verified;
    return {
      message: "AUTH_SUCCESS",
      data: sessionData(session, proof.skey, durationSeconds),
      appid: session.appid,
    };
  },
};

/** Replaces the stored profile by what the client's encrypted data says. */
export const userinfo: Interface = {
  failures: withSessionKey("USERINFO_DECRYPT_FAIL"),
  async run(core, call): Promise<Success | Failure> {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const data = requiredTexts(call.para, ["encrypt_data", "iv"]);
    if (data instanceof Failure) return data;
    const session = await core.userData.replaceUserInfo(proof, {
      encryptedData: data.encrypt_data,
      iv: data.iv,
    });
    if (session instanceof Failure) return session;
    return {
      message: "UPDATE_USERINFO_SUCCESS",
      data: { id: session.id, skey: proof.skey, appid: session.appid, user_info: session.userInfo },
      appid: session.appid,
    };
  },
};

/** Decrypts with the session's key: to an object when there is an iv, to text in the scheme of before 2016. */
export const decrypt: Interface = {
  failures: withSessionKey("GET_SESSION_KEY_SUCCESS_BUT_DECRYPT_FAIL"),
  async run(core, call): Promise<Success | Failure> {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const encryptedData = requiredText(call.para, "encrypt_data");
    if (encryptedData instanceof Failure) return encryptedData;
    const iv = optionalText(call.para, "iv");
    if (iv instanceof Failure) return iv;
    const decrypted = await core.userData.decrypt(proof, { encryptedData, iv });
    if (decrypted instanceof Failure) return decrypted;
    const { userData, appid } = decrypted;
    return { message: "DECRYPT_SUCCESS", data: iv === null ? userData.text : userData.members, appid };
  },
};
