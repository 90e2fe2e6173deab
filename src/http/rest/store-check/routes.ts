import { Elysia } from "elysia";
import { Failure } from "../../../core/errors.ts";
import type { StoreCheckService } from "../../../core/store-checks/store-check-service.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { timestamp } from "../model.ts";
import { within } from "../within.ts";
import {
  BegunStoreCheckModel,
  EndedStoreCheckModel,
  StoreCheckStateModel,
  toEndedModel,
  toStateModel,
} from "./model.ts";

/** How long a request waits for the check that it began. */
const PATIENCE_MS = 20_000;

/** Routes of the checks of the store. */
export function storeCheckRoutes(options: RestOptions & { storeChecks: StoreCheckService }) {
  const { core, storeChecks } = options;
  const { admin } = guards(core, "server");
  return new Elysia({ prefix: "/server/store-check" })
    .use(restContext(options))
    .get(
      "",
      async () => toStateModel(await storeChecks.state()),
      admin({ response: { 200: StoreCheckStateModel }, detail: { text: "readStoreCheck" } }),
    )
    .post(
      "",
      async ({ call, status }) => {
        const { begunAt, done } = unwrap(await storeChecks.begin(call.actor.by));
        const ended = await within(PATIENCE_MS, done);
        if (ended === null) return status(202, { begunAt: timestamp(begunAt) });
        if (ended.failure !== null)
          unwrap(new Failure("storeCheckFailed", { reason: ended.failure }));
        return status(200, toEndedModel(ended));
      },
      admin({
        response: {
          200: EndedStoreCheckModel,
          202: BegunStoreCheckModel,
          ...problems("storeCheckRunning", "storeCheckFailed"),
        },
        detail: { text: "checkStore" },
      }),
    );
}
