import { Elysia } from "elysia";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Plain } from "../plain-route.ts";
import { weappFailure } from "./failure.ts";
import { weappUser } from "./session.ts";

/** Serves the session of weapp-session's clients, in headers, at /weapp-session by any method. */
export function weappRoutes({ core, plain }: { core: Core; plain: Plain }) {
  return new Elysia().all(
    "/weapp-session",
    plain(async ({ headers }) => {
      const user = await weappUser(core, headers);
      if (user instanceof Failure)
        return { response: Response.json(weappFailure(user)), failure: user };
      return {
        response: Response.json({ $wxUserInfo: user?.userInfo ?? null }),
        appid: loggableId(user?.appid ?? null),
        quiet: true,
      };
    }),
    { parse: "none" },
  );
}
