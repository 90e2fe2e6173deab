import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { AppParams } from "../model.ts";
import { AppStatsModel, StatsModel, toStatsModel } from "./model.ts";

/** Routes of counters. */
export function statsRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "stats");
  return new Elysia()
    .use(restContext(options))
    .get(
      "/stats",
      async () => toStatsModel(unwrap(await core.stats.all())),
      admin({
        response: { 200: StatsModel },
        detail: { text: "readStats" },
      }),
    )
    .get(
      "/apps/:appid/stats",
      async ({ params }) => toStatsModel(unwrap(await core.stats.ofApp(params.appid))),
      admin({
        params: AppParams,
        response: { 200: AppStatsModel, ...problems("appNotFound") },
        detail: { text: "readAppStats" },
      }),
    );
}
