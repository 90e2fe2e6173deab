import type { Capability } from "../../core/access/service-key.ts";
import { initapp, initdata } from "./app-interfaces.ts";
import { cosNonreusable, cosReusable } from "./cos-interfaces.ts";
import {
  mimiAccessToken,
  mimiTicket,
  workAccessToken,
  workAgentTicket,
  workInitagent,
  workTicket,
} from "./credential-interfaces.ts";
import type { Interface } from "./interface.ts";
import { type Member, optional, required } from "./members.ts";
import { isGiven } from "./para.ts";
import type { Envelope } from "./parse.ts";
import { auth, decrypt, idSkey, userinfo } from "./session-interfaces.ts";

/**
 * An interface of the envelope: its handler, and everything that the documentation and the tests
 * make of it.
 */
export interface InterfaceDescriptor extends Interface {
  /** The `interfaceName`, which is the label of the metrics too. */
  name: string;
  /**
   * Who may call it: anyone who holds the code or the session, the holder of the admin key, or a
   * service key with this capability too. The handler enforces it; `interfaces.test.ts` holds it to
   * that.
   */
  caller: "anyone" | "admin" | Capability;
  /** The members of `para`, in the order in which the documentation has them. */
  para: Readonly<Record<string, Member>>;
  /** The returnMessage of a success, for the documentation: Markdown. */
  message: string;
  /** The returnData of a success, for the documentation: Markdown. */
  returns: string;
}

/** The interface whose successes nearly all come from `fast-auth.ts`. */
export const AUTH = "qcloud.cam.auth";
export const ACCESS_TOKEN = "qcloud.mimi.access_token";

const proof = { id: required("sessionId"), skey: required("skey") };
const appid = optional("appid");
const SESSION = "`{id, skey, appid, openid, unionid, user_info, duration}`";
const HOSTED = "see [Tokens and tickets](#tokens-and-tickets)";
const agent = { corpid: required("corpid"), agentid: required("agentid") };
const cos = {
  appid: required("cosAccount"),
  sid: required("cosSecretId"),
  skey: required("cosSecretKey"),
  bucket: required("cosBucket"),
};
const COS_SIGNATURE = "the [signature](#cos-json-signature), a string";
/** An app that the examples register. */
const NEW_APPID = "wx1234567890abcdef";

/** Every interface. Add one here; `npm run docs` updates what is made from it. */
export const INTERFACES = [
  {
    ...idSkey,
    name: "qcloud.cam.id_skey",
    caller: "anyone",
    para: {
      code: required("code"),
      encrypt_data: optional("encryptedData"),
      iv: optional("iv"),
      appid,
    },
    message:
      "`NEW_SESSION_SUCCESS` for a user without a session at this app, else `UPDATE_SESSION_SUCCESS`",
    returns: SESSION,
  },
  {
    ...auth,
    name: AUTH,
    caller: "anyone",
    para: { ...proof, appid },
    message: "`AUTH_SUCCESS`",
    returns: SESSION,
  },
  {
    ...userinfo,
    name: "qcloud.cam.userinfo",
    caller: "anyone",
    para: {
      ...proof,
      encrypt_data: optional("encryptedData"),
      iv: optional("iv"),
      user_info: optional("userInfo"),
      appid,
    },
    message: "`UPDATE_USERINFO_SUCCESS`",
    returns:
      "`{id, skey, appid, user_info}`; the stored profile is replaced by the decrypted one, or by `user_info` in clear",
  },
  {
    ...decrypt,
    name: "qcloud.cam.decrypt",
    caller: "anyone",
    para: { ...proof, encrypt_data: required("encryptedData"), iv: optional("iv"), appid },
    message: "`DECRYPT_SUCCESS`",
    returns: "with iv: the decrypted object; without: the decrypted text (php's old scheme)",
  },
  {
    ...initapp,
    name: "qcloud.cam.initapp",
    caller: "admin",
    para: { appid: required("appid", NEW_APPID), secret: required("appSecret") },
    message: "`INIT_APPINFO_SUCCESS`",
    returns:
      "`{appid}`; needs no key for the [first app](#access); a registered appid is refused: 1013 `APPID_ALREADY_EXISTS`",
  },
  {
    ...initdata,
    name: "qcloud.cam.initdata",
    caller: "admin",
    para: {
      appid: required("appid", NEW_APPID),
      secret: required("appSecret"),
      qcloud_appid: required("text", "1250000000"),
      ip: required("text", "127.0.0.1"),
      cdb_ip: required("unused", "127.0.0.1"),
      cdb_port: required("unused", "3306"),
      cdb_user_name: required("unused", "root"),
      cdb_pass_wd: required("unused"),
    },
    message: "`INIT_APPINFO_SUCCESS`",
    returns:
      "`null`; replaces the app's secret, or registers the app; the cdb_* members must be present (else 1003) and are neither used nor kept",
  },
  {
    ...mimiAccessToken,
    name: ACCESS_TOKEN,
    caller: "token",
    para: { appid: required("appid"), force: optional("flag") },
    message: HOSTED,
    returns: "`{appid, access_token, exp}`",
  },
  {
    ...mimiTicket,
    name: "qcloud.mimi.ticket",
    caller: "ticket",
    para: {
      appid: required("appid"),
      type: optional("ticketType", "jsapi"),
      force: optional("flag"),
    },
    message: HOSTED,
    returns: "`{appid, ticket, exp}`",
  },
  {
    ...workInitagent,
    name: "qcloud.work.initagent",
    caller: "admin",
    para: { ...agent, agentsecret: required("agentSecret"), remark: required("text", "contacts") },
    message: "`INIT_APPINFO_SUCCESS`",
    returns: "`null`; replaces an agent that is there, and drops its cached token and tickets",
  },
  {
    ...workAccessToken,
    name: "qcloud.work.access_token",
    caller: "token",
    para: { ...agent, force: optional("flag") },
    message: HOSTED,
    returns: "`{corpid, access_token, exp}`",
  },
  {
    ...workTicket,
    name: "qcloud.work.ticket",
    caller: "ticket",
    para: { ...agent, force: optional("flag") },
    message: HOSTED,
    returns: "`{corpid, ticket, exp}`",
  },
  {
    ...workAgentTicket,
    name: "qcloud.work.agent.ticket",
    caller: "ticket",
    para: { ...agent, force: optional("flag") },
    message: HOSTED,
    returns: "`{corpid, agent_ticket, exp}`",
  },
  {
    ...cosReusable,
    name: "qcloud.cos.auth.reusable",
    caller: "anyone",
    para: { ...cos, expiration: required("unixTime"), filepath: optional("cosPath") },
    message: "`OK`",
    returns: COS_SIGNATURE,
  },
  {
    ...cosNonreusable,
    name: "qcloud.cos.auth.nonreusable",
    caller: "anyone",
    para: { ...cos, filepath: optional("cosPath", "/folder/file.txt") },
    message: "`OK`",
    returns: COS_SIGNATURE,
  },
] as const satisfies readonly InterfaceDescriptor[];

export type InterfaceName = (typeof INTERFACES)[number]["name"];

const byName: ReadonlyMap<string, InterfaceDescriptor & { name: InterfaceName }> = new Map(
  INTERFACES.map((descriptor) => [descriptor.name, descriptor]),
);

/** Returns the interface that an envelope calls, or null when no interface has its name. */
export function interfaceOf({ interfaceName, para }: Envelope) {
  // scf's README prints the decrypt call under this name.
  const isDecrypt = interfaceName === AUTH && isGiven(para, "encrypt_data") && isGiven(para, "iv");
  return byName.get(isDecrypt ? "qcloud.cam.decrypt" : interfaceName) ?? null;
}
