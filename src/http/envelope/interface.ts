import type { Caller } from "../../core/access/access.ts";
import type { Core } from "../../core/core.ts";
import type { Failure } from "../../core/errors.ts";
import type { Awaitable } from "../../core/ports.ts";
import type { FailureRules } from "./codes.ts";
import type { JsonParts } from "./json.ts";
import type { Para } from "./para.ts";

/** One call of an interface. */
export interface Call {
  /** The app that the request names, in either place. */
  appid: string | null;
  para: Para;
  /** Who calls; worked out only where it matters. */
  caller(): Caller;
  requestId: string;
}

export interface Success {
  message: string;
  /** The answer's returnData. */
  data?: unknown;
  /** It as JSON, in data's place. */
  dataParts?: JsonParts;
  /** The app it was about, for the log. */
  appid: string | null;
}

/** One interfaceName of PROTOCOL section 1.1. */
export interface Interface {
  run(core: Core, call: Call): Awaitable<Success | Failure>;
  /** Where its failures read otherwise than elsewhere. */
  failures?: FailureRules;
  /** Its successes are logged at debug only. */
  quiet?: true;
}
