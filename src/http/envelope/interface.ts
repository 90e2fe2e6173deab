import type { Caller } from "../../core/access/access.ts";
import type { Core } from "../../core/core.ts";
import type { Failure } from "../../core/errors.ts";
import type { Client } from "../../core/limits/client.ts";
import type { FailureRules } from "./codes.ts";
import type { Para } from "./para.ts";

/** One call of an interface. */
export interface Call {
  /** The app that the request names, in either place. */
  appid: string | null;
  para: Para;
  /** Returns who calls; worked out only where it matters. */
  caller(): Caller;
  /** Returns the client for the limits by address; worked out only where it matters. */
  client(): Promise<Client>;
  requestId: string;
}

export interface Success {
  message: string;
  /** The answer's returnData. */
  data: unknown;
  /** The app it was about, for the log. */
  appid: string | null;
  /** Set when this success is logged at debug only. */
  quiet?: boolean;
}

/** The handler of an interface; `interfaces.ts` has its name and description. */
export interface Interface {
  run(core: Core, call: Call): Promise<Success | Failure>;
  /** Its failures that read otherwise than those of the others. */
  failures?: FailureRules;
  /** Set when its successes are logged at debug only. */
  quiet?: true;
}
