import { Elysia } from "elysia";
import { Failure } from "../../../core/errors.ts";
import type { Span } from "../../../core/usage/series-service.ts";
import { type RestCall, type RestOptions, restContext, unwrap } from "../context.ts";
import { adminClient, EVENTS, eventsResponse, takesEvents } from "../events.ts";
import type { Followers } from "../followers.ts";
import { guards, problems } from "../guard.ts";
import { AppParams } from "../model.ts";
import { MOST_FIGURE_FOLLOWERS } from "./followers.ts";
import {
  AppStatsModel,
  OverviewModel,
  SeriesModel,
  SeriesQuery,
  StatsModel,
  toOverviewModel,
  toSeriesModel,
  toStatsModel,
} from "./model.ts";

/** Those that follow the figures. */
export interface FigureOptions {
  followers: Pick<Followers, "figures">;
}

const DEFAULT_SPAN: Span = "day";

/** Routes of counters. */
export function statsRoutes(options: RestOptions & FigureOptions) {
  const { core } = options;
  const { admin } = guards(core, "stats");

  /** Answers with figures, or with their events to a client that takes these. */
  const answer = async <Figures extends { at: string }>(
    name: string,
    { request, call }: { request: Request; call: RestCall },
    read: () => Promise<Figures | Failure>,
  ): Promise<Figures> => {
    // A fault of the request is a problem, also of one for events.
    const figures = unwrap(await read());
    if (!takesEvents(request)) return figures as Figures;
    const events = options.followers.figures.follow(
      name,
      read,
      adminClient(core.access, { request, call }),
    );
    // Clients' types come from the routes, and must not widen to any response.
    return eventsResponse(events, { call, most: MOST_FIGURE_FOLLOWERS }) as never;
  };
  const mapped = <From, To>(outcome: From | Failure, map: (value: From) => To): To | Failure =>
    outcome instanceof Failure ? outcome : map(outcome);

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
      "/stats/series",
      ({ query: { span = DEFAULT_SPAN, app = null }, request, call }) =>
        answer(`series ${span} ${app ?? ""}`, { request, call }, async () =>
          mapped(await core.series.of(span, app), toSeriesModel),
        ),
      admin({
        query: SeriesQuery,
        response: { 200: SeriesModel, ...problems("appNotFound") },
        detail: { text: "readSeries", alsoGives: [EVENTS] },
      }),
    )
    .get(
      "/overview",
      ({ request, call }) =>
        answer("overview", { request, call }, async () =>
          mapped(await core.overview.read(), toOverviewModel),
        ),
      admin({
        response: { 200: OverviewModel },
        detail: { text: "readOverview", alsoGives: [EVENTS] },
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
