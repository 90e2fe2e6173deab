import type { Config } from "../../config/schema.ts";
import type { Finding } from "../../core/finding.ts";
import type { Store } from "../../core/store.ts";
import type { ProbeUpstream } from "../../core/upstream-probe.ts";
import type { WeChat } from "../../core/wechat.ts";

/** The result of one check, and what to do about it. */
export interface Check {
  name: string;
  state: "ok" | "warn" | "fail";
  message: string;
  /** null when there is nothing to do. */
  todo: string | null;
}

/** Returns a finding as the command line shows it. */
export const toCheck = ({ name, state, en }: Finding): Check => ({ name, state, ...en });

/** The ports of doctor. */
export interface DoctorPorts {
  /** Opens the configured store to read; null when there is none. A StartError says what to fix. */
  openStore(config: Config): Promise<Store | null>;
  openWeChat(config: Config): Promise<WeChat & { close(): Promise<void> }>;
  probe: ProbeUpstream;
}

/** Returns functions that make results under one name. */
export const checksOf = (name: string) => ({
  ok: (message: string): Check => ({ name, state: "ok", message, todo: null }),
  warn: (message: string, todo: string): Check => ({ name, state: "warn", message, todo }),
  fail: (message: string, todo: string): Check => ({ name, state: "fail", message, todo }),
});
