import type { Core } from "../../../core/core.ts";
import type { DirectRoute } from "../../direct-route.ts";
import { isPara } from "../../envelope/para.ts";
import { fixed, quotable, utf8Of } from "../../fast-json.ts";
import { GUEST } from "../context.ts";
import { timestamp } from "../model.ts";
import { MAX_SKEY_LENGTH } from "./model.ts";

const PATH = "/api/v1/sessions/:id/verify";

const BEFORE_ID = fixed('{"id":"');
const BEFORE_APPID = fixed('","appid":"');
const BEFORE_OPENID = fixed('","openid":"');
const BEFORE_UNIONID = fixed('","unionid":"');
const AFTER_UNIONID = fixed('","userInfo":');
const INSTEAD_OF_UNIONID = fixed('","unionid":null,"userInfo":');
const BEFORE_EXPIRY = fixed(',"expiresAt":"');
const BEFORE_DURATION = fixed('","durationSeconds":');
const END = fixed("}");

/** Returns the direct way of the check of a session; its answer is a `SessionModel`. */
export const fastVerify = ({ fastPath }: Pick<Core, "fastPath">): DirectRoute => ({
  method: "POST",
  path: PATH,
  status: 200,
  observed: { protocol: "rest", operation: `POST ${PATH}`, code: 200 },
  answer({ params }, body) {
    const proof = parseProof(body);
    if (proof === null) return null;
    const verified = fastPath.check({ id: params["id"] ?? "", ...proof });
    if (verified === null) return null;
    const { session, lapsesAt, durationSeconds } = verified;
    const { unionid } = session;
    return {
      body: utf8Of([
        BEFORE_ID,
        quotable(session.id),
        BEFORE_APPID,
        session.appid,
        BEFORE_OPENID,
        session.openid,
        unionid === null ? INSTEAD_OF_UNIONID : BEFORE_UNIONID,
        unionid ?? "",
        unionid === null ? "" : AFTER_UNIONID,
        session.userInfoJson,
        BEFORE_EXPIRY,
        timestamp(lapsesAt),
        BEFORE_DURATION,
        durationSeconds,
        END,
      ]),
      logged: { appid: null, by: GUEST },
    };
  },
});

/**
 * Parses a body as the schema `Proof` has it; null for any other. An appid of another form is none
 * of a session.
 */
function parseProof(body: string): { skey: string; appid: string | null } | null {
  let proof: unknown;
  try {
    proof = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isPara(proof)) return null;
  for (const member in proof) if (member !== "skey" && member !== "appid") return null;
  const { skey, appid = null } = proof;
  if (typeof skey !== "string" || skey === "" || skey.length > MAX_SKEY_LENGTH) return null;
  if (appid === null) return Object.hasOwn(proof, "appid") ? null : { skey, appid };
  return typeof appid === "string" ? { skey, appid } : null;
}
