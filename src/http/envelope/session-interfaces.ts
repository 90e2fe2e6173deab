import { Failure } from "../../core/errors.ts";
import type { Awaitable } from "../../core/ports.ts";
import type { Session } from "../../core/sessions/session.ts";
import type { SessionProof, VerifiedSession } from "../../core/sessions/session-service.ts";
import type { FailureRules } from "./codes.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { fixed, type JsonParts, quotable } from "./json.ts";
import { optionalText, requiredText, requiredTexts } from "./para.ts";

/** WeChat's codes have 32 characters. */
const MAX_CODE_LENGTH = 512;

const BEFORE_ID = fixed('{"id":"');
const BEFORE_SKEY = fixed('","skey":"');
const AFTER_SKEY = fixed('",');
const BEFORE_DURATION = fixed(',"duration":');

/** A session as returnData. */
function sessionParts(session: Session, skey: string, durationSeconds: number): JsonParts {
  return [
    BEFORE_ID,
    quotable(session.id),
    BEFORE_SKEY,
    quotable(skey),
    AFTER_SKEY,
    session.json ?? membersOf(session),
    BEFORE_DURATION,
    durationSeconds,
    "}",
  ];
}

function membersOf({ appid, openid, unionid, userInfo }: Session): string {
  return JSON.stringify({ appid, openid, unionid, user_info: userInfo }).slice(1, -1);
}

function proofOf(call: Call): SessionProof | Failure {
  const id = requiredText(call.para, "id");
  if (id instanceof Failure) return id;
  const skey = requiredText(call.para, "skey");
  return skey instanceof Failure ? skey : { id, skey, appid: call.appid };
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
    if (encryptedData === null && iv !== null)
      return new Failure("badParameter", { reason: "encrypt_data" });
    const userData = encryptedData === null ? null : { encryptedData, iv };
    const login = await core.logins.login({ appid: call.appid, code, userData });
    if (login instanceof Failure) return login;
    return {
      message: login.isNew ? "NEW_SESSION_SUCCESS" : "UPDATE_SESSION_SUCCESS",
      dataParts: sessionParts(login.session, login.skey, login.durationSeconds),
      appid: login.session.appid,
    };
  },
};

/** Checks a session, which counts as a visit. */
export const auth: Interface = {
  quiet: true,
  run(core, call): Awaitable<Success | Failure> {
    const proof = proofOf(call);
    if (proof instanceof Failure) return proof;
    const verified = core.sessions.verify(proof);
    return verified instanceof Promise
      ? verified.then((awaited) => authSuccess(awaited, proof.skey))
      : authSuccess(verified, proof.skey);
  },
};

function authSuccess(verified: VerifiedSession | Failure, skey: string): Success | Failure {
  if (verified instanceof Failure) return verified;
  const { session, durationSeconds } = verified;
  return {
    message: "AUTH_SUCCESS",
    dataParts: sessionParts(session, skey, durationSeconds),
    appid: session.appid,
  };
}

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
    return {
      message: "DECRYPT_SUCCESS",
      data: iv === null ? userData.text : userData.members,
      appid,
    };
  },
};
