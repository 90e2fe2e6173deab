import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import type { DirectRoute } from "../direct-route.ts";
import { plainOperation } from "../observe.ts";
import { FORWARD_AUTH, userHeaders } from "./routes.ts";

/** Returns the direct way of a proxy's question about a session of Wafer's clients. */
export const fastForwardAuth = ({ fastPath }: Pick<Core, "fastPath">): DirectRoute => ({
  method: "GET",
  path: FORWARD_AUTH,
  status: 204,
  observed: { ...plainOperation(FORWARD_AUTH), code: "ok" },
  answer({ headers, url }) {
    const id = headers.get("x-wx-id");
    const skey = headers.get("x-wx-skey");
    if (id === null || skey === null || url.includes("?")) return null;
    const verified = fastPath.check({ id, skey, appid: headers.get("x-wx-appid") || null });
    if (verified === null) return null;
    const { session } = verified;
    return {
      body: null,
      headers: userHeaders(session, Buffer.from(session.userInfoJson).toString()),
      logged: { appid: loggableId(session.appid) },
    };
  },
});
