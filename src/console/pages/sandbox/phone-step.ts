import type { SandboxExchange } from "../../client/sandbox.ts";

/** A step of the phone: its name among the texts, and the call with its answer. */
export interface PhoneStep extends SandboxExchange {
  name: "code" | "login" | "verify" | "phoneCode" | "phone";
}
