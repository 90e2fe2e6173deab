import { Elysia } from "elysia";
import type { Core } from "../core/core.ts";
import { Failure } from "../core/errors.ts";
import type { Answer, Plain } from "./plain-route.ts";

/** A check that takes longer has failed: the caller needs an answer. */
const CHECK_MS = 1000;

/** Without the store nothing can be said of the rest. */
const NOT_CHECKED = "not checked";
const UNCHECKED = { writes: NOT_CHECKED, configuration: NOT_CHECKED };

/** The checks of /readyz: null when all is well, else what is wrong, for everybody to read. */
interface Checks {
  /** Whether records can be read. */
  store: string | null;
  /** Whether records can be changed. */
  writes: string | null;
  /** Whether requests that name no app have one. */
  configuration: string | null;
}

/**
 * Returns the routes that load balancers and supervisors ask without a key: /healthz tells whether
 * the process answers at all, /readyz whether it can do its work.
 */
export function healthRoutes({ core, plain }: { core: Core; plain: Plain }) {
  const alive = (): Answer => ({ response: new Response("ok"), quiet: true });
  return new Elysia().all("/healthz", plain(alive), { parse: "none" }).all(
    "/readyz",
    plain(() => readiness(core)),
    { parse: "none" },
  );
}

async function readiness(core: Core): Promise<Answer> {
  const { promise: late, resolve } = Promise.withResolvers<Checks>();
  const timer = setTimeout(
    () => resolve({ ...UNCHECKED, store: "did not answer within a second" }),
    CHECK_MS,
  );
  const checks = await Promise.race([check(core), late]);
  clearTimeout(timer);
  const failed = Object.values(checks).some((problem) => problem !== null);
  const shown = Object.fromEntries(
    Object.entries(checks).map(([name, problem]) => [name, problem ?? "ok"]),
  );
  const body = { status: failed ? "unready" : "ready", checks: shown };
  return { response: Response.json(body, { status: failed ? 503 : 200 }), quiet: true };
}

async function check({ apps, writeHealth }: Core): Promise<Checks> {
  const isEmpty = await apps.isEmpty();
  if (isEmpty instanceof Failure) return { ...UNCHECKED, store: "failed" };
  // A fresh server without any app is ready for its first one.
  const chosen = isEmpty ? null : await apps.find(null);
  const isMissing = chosen instanceof Failure && chosen.code === "appNotFound";
  if (chosen instanceof Failure && !isMissing) return { ...UNCHECKED, store: "failed" };
  return {
    store: null,
    writes: await writeHealth.problem(),
    configuration: isMissing ? "default_appid is not registered" : null,
  };
}
