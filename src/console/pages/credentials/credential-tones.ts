import type { StatusTone } from "../../parts/status.tsx";

/** The colours of a credential's states. */
export const CREDENTIAL_TONES = {
  valid: "good",
  expiring: "fair",
  expired: "bad",
  missing: "bad",
} as const satisfies Record<string, StatusTone>;
