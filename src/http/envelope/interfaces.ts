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
import { isGiven } from "./para.ts";
import type { Envelope } from "./parse.ts";
import { auth, decrypt, idSkey, userinfo } from "./session-interfaces.ts";

/** Every interface by its name. */
export const INTERFACES: ReadonlyMap<string, Interface> = new Map([
  ["qcloud.cam.id_skey", idSkey],
  ["qcloud.cam.auth", auth],
  ["qcloud.cam.userinfo", userinfo],
  ["qcloud.cam.decrypt", decrypt],
  ["qcloud.cam.initapp", initapp],
  ["qcloud.cam.initdata", initdata],
  ["qcloud.mimi.access_token", mimiAccessToken],
  ["qcloud.mimi.ticket", mimiTicket],
  ["qcloud.work.initagent", workInitagent],
  ["qcloud.work.access_token", workAccessToken],
  ["qcloud.work.ticket", workTicket],
  ["qcloud.work.agent.ticket", workAgentTicket],
  ["qcloud.cos.auth.reusable", cosReusable],
  ["qcloud.cos.auth.nonreusable", cosNonreusable],
]);

/** The interface that an envelope calls, or null when there is none of its name. */
export function interfaceOf({ interfaceName, para }: Envelope): Interface | null {
  const called = INTERFACES.get(interfaceName) ?? null;
  // scf's README prints the decrypt call under this name.
  if (called === auth && isGiven(para, "encrypt_data") && isGiven(para, "iv")) return decrypt;
  return called;
}
