import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { CREDENTIAL_KINDS, credentialKinds } from "../../core/credentials/kinds.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { limitNames } from "../../core/limits/limit-names.ts";
import type { StoreError } from "../../core/store-error.ts";
import { OutcomeTally } from "./outcome-tally.ts";
import { RegisteredApps } from "./registered-apps.ts";
import { RequestTally } from "./request-tally.ts";

/** Seconds. */
const UPSTREAM_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STORE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Failures in alerts, which start at 0: a series that begins with a failure has no increase. */
const WATCHED: readonly ErrorCode[] = [
  "internal",
  "storeFailed",
  "sessionNotSaved",
  "visitNotSaved",
  "appNotSaved",
  "agentNotSaved",
  ...new Set(credentialKinds.map((kind) => CREDENTIAL_KINDS[kind].notSaved)),
  "wechatUnreachable",
  "wechatAnswerWrong",
];

const STORE_ERRORS = ["closed", "refused", "corrupt", "cursor", "bug"] as const satisfies (
  | StoreError["kind"]
  | "bug"
)[];

/** The instruments of one process. */
export type Meters = ReturnType<typeof createMeters>;

/** Makes the instruments of this process. */
export function createMeters() {
  const register = new Registry();
  const registers = [register];
  const apps = new RegisteredApps();
  const failures = new Counter({
    name: "waferd_failures_total",
    help: "Requests that failed, in any protocol, by the failure's code in waferd's log.",
    labelNames: ["failure"],
    registers,
  });
  for (const failure of WATCHED) failures.inc({ failure }, 0);
  const storeErrors = new Counter({
    name: "waferd_store_errors_total",
    help: "Operations of the store that failed, by kind: closed, refused, corrupt, cursor, or bug.",
    labelNames: ["kind"],
    registers,
  });
  for (const kind of STORE_ERRORS) storeErrors.inc({ kind }, 0);
  const refusals = new Counter({
    name: "waferd_limit_refusals_total",
    help: "Calls that a limit refused, by its name.",
    labelNames: ["limit"],
    registers,
  });
  for (const limit of limitNames) refusals.inc({ limit }, 0);
  new Gauge({
    name: "waferd_processes",
    help: "Processes whose figures are summed here.",
    registers,
  }).set(1);
  return {
    register,
    requests: new RequestTally(register),
    failures,
    refusals,
    apps,
    logins: new OutcomeTally(
      {
        name: "waferd_logins_total",
        help: "Logins by app and outcome: ok, or the failure's code.",
        register,
      },
      apps,
    ),
    verifications: new OutcomeTally(
      {
        name: "waferd_verifications_total",
        help: "Checks of sessions by app and outcome: ok, or the failure's code.",
        register,
      },
      apps,
    ),
    upstream: new Histogram({
      name: "waferd_upstream_request_duration_seconds",
      help: "Requests to WeChat and WeCom, by endpoint and outcome: the errcode (0 is success), unreachable, or invalid.",
      labelNames: ["endpoint", "outcome"],
      buckets: UPSTREAM_BUCKETS,
      registers,
    }),
    gatewayCalls: new Counter({
      name: "waferd_gateway_calls_total",
      help: "Calls through the gateway, by owner, path and outcome: WeChat's errcode (0 is success), or the failure's code.",
      labelNames: ["owner", "path", "outcome"],
      registers,
    }),
    renewals: new Counter({
      name: "waferd_credential_renewals_total",
      help: "Tokens and tickets asked of WeChat, by owner, kind and outcome: ok, or the failure's code.",
      labelNames: ["owner", "kind", "outcome"],
      registers,
    }),
    storeOperations: new Histogram({
      name: "waferd_store_operation_duration_seconds",
      help: "Operations of the store that are waited for, by table and name. LMDB's reads are answered at once, and not timed.",
      labelNames: ["operation"],
      buckets: STORE_BUCKETS,
      registers,
    }),
    storeErrors,
  };
}
