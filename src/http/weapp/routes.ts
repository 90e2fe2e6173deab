import { Elysia } from "elysia";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Client } from "../../core/limits/client.ts";
import type { Plain } from "../plain-route.ts";
import { retryAfter } from "../retry-after.ts";
import { weappFailure } from "./failure.ts";
import { weappUser } from "./session.ts";

export interface WeappRoutes {
  core: Core;
  plain: Plain;
  clientOf: (request: Request) => Client;
}

/** Serves the session of weapp-session's clients, in headers, at /weapp-session by any method. */
export function weappRoutes({ core, plain, clientOf }: WeappRoutes) {
  return new Elysia().all(
    "/weapp-session",
    plain(async (request) => {
      const user = await weappUser(core, request.headers, clientOf(request));
      if (user instanceof Failure)
        return { response: Response.json(weappFailure(user), retryAfter(user)), failure: user };
      return {
        response: Response.json({ $wxUserInfo: user?.userInfo ?? null }),
        appid: loggableId(user?.appid ?? null),
        quiet: true,
      };
    }),
    { parse: "none" },
  );
}
