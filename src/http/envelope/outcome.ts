import type { Failure } from "../../core/errors.ts";

/** How a call went: the answer's body, and the facts that its log line and the metrics need. */
export interface Outcome {
  /** JSON; bytes are UTF-8. */
  body: string | Uint8Array<ArrayBuffer>;
  returnCode: number;
  /** Null when there is no interface of the name that the request gives. */
  interfaceName: string | null;
  /** As the request names it; not fit for the log as it is. */
  appid: string | null;
  failure: Failure | null;
  /** A success that is logged at debug only. */
  quiet: boolean;
}
