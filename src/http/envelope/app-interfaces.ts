import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { requiredText, requiredTexts } from "./para.ts";

const appidOf = (call: Call): string | Failure =>
  call.appid ?? new Failure("badParameter", { reason: "appid" });

/** Who registers an app, and whether it may only be the first one; or a Failure. */
async function registrationOf(
  core: Core,
  call: Call,
): Promise<{ by: string; onlyAsFirst: boolean } | Failure> {
  const caller = call.caller();
  const by = await core.access.authorize(caller, "admin");
  if (!(by instanceof Failure)) return { by, onlyAsFirst: false };
  if (!core.access.mayRegisterFirst(caller)) return by;
  const isEmpty = await core.apps.isEmpty();
  if (isEmpty instanceof Failure) return isEmpty;
  return isEmpty ? { by: "first-app", onlyAsFirst: true } : by;
}

/** Registers an app. */
export const initapp: Interface = {
  async run(core, call): Promise<Success | Failure> {
    const registration = await registrationOf(core, call);
    if (registration instanceof Failure) return registration;
    const appid = appidOf(call);
    if (appid instanceof Failure) return appid;
    const secret = requiredText(call.para, "secret");
    if (secret instanceof Failure) return secret;
    const { by, onlyAsFirst } = registration;
    const actor = { by, requestId: call.requestId, address: call.caller().address };
    const app = await core.apps.register({ appid, appSecret: secret }, actor, onlyAsFirst);
    if (app instanceof Failure) return app;
    return { message: "INIT_APPINFO_SUCCESS", data: { appid }, appid };
  },
};

/** Sets an app's secret, as php's installer did. */
export const initdata: Interface = {
  async run(core, call): Promise<Success | Failure> {
    const by = await core.access.authorize(call.caller(), "admin");
    if (by instanceof Failure) return by;
    const appid = appidOf(call);
    if (appid instanceof Failure) return appid;
    const data = requiredTexts(call.para, ["secret", "qcloud_appid", "ip"]);
    if (data instanceof Failure) return data;
    // php's database account: it has to be there, and is neither used nor kept. Its password may be
    // empty.
    for (const member of ["cdb_ip", "cdb_port", "cdb_user_name", "cdb_pass_wd"])
      if (call.para[member] !== "" && requiredText(call.para, member) instanceof Failure)
        return new Failure("badParameter", { reason: member });
    const app = await core.apps.replaceSecret(appid, data.secret, {
      by,
      requestId: call.requestId,
      address: call.caller().address,
    });
    if (app instanceof Failure) return app;
    return { message: "INIT_APPINFO_SUCCESS", data: null, appid };
  },
};
