import { startProduction } from "../harness/production.ts";
import type { SharedStore } from "../harness/shared-store.ts";

/** The effects of an outage on a load. Times are in milliseconds. */
export interface OutageReport {
  acknowledged: number;
  /** Acknowledged sessions that are lost. */
  lost: number;
  /** Answers that report a failed store, by return code. */
  failures: Map<number, number>;
  /** The time of the slowest such answer. */
  slowestFailure: number;
  /** From the return of the server to the first login that succeeded. */
  recovery: number;
}

const USERS_AT_ONCE = 8;

/**
 * Logs users in without a pause during an outage of the store's server, then checks every session
 * that was acknowledged.
 *
 * @param kind `kill`: SIGKILL and a restart; `hang`: SIGSTOP and SIGCONT
 * @param away the length of the outage
 */
export async function outage(
  server: SharedStore,
  kind: "kill" | "hang",
  away: number,
): Promise<OutageReport> {
  await using production = await startProduction({
    environment: { WAFERD_STORE: await server.address() },
  });
  const failures = new Map<number, number>();
  const acknowledged: { id: string; skey: string }[] = [];
  let slowestFailure = 0;
  let returnedAt = Number.POSITIVE_INFINITY;
  let recovery = Number.POSITIVE_INFINITY;
  let running = true;
  let users = 0;
  const logIn = async (): Promise<void> => {
    while (running) {
      users += 1;
      const startedAt = performance.now();
      const answer = await production.login(production.user(`user-${users}`), true);
      const now = performance.now();
      if (answer.returnCode === 0) {
        acknowledged.push({ id: answer.returnData.id, skey: answer.returnData.skey });
        if (startedAt >= returnedAt) recovery = Math.min(recovery, now - returnedAt);
      } else {
        failures.set(answer.returnCode, (failures.get(answer.returnCode) ?? 0) + 1);
        slowestFailure = Math.max(slowestFailure, now - startedAt);
        await Bun.sleep(10);
      }
    }
  };
  const load = Array.from({ length: USERS_AT_ONCE }, logIn);
  await Bun.sleep(300);
  if (kind === "kill") await server.kill();
  else server.pause();
  await Bun.sleep(away);
  if (kind === "kill") await server.startAgain();
  else server.resume();
  returnedAt = performance.now();
  while (recovery === Number.POSITIVE_INFINITY && performance.now() - returnedAt < 10_000)
    await Bun.sleep(5);
  await Bun.sleep(300);
  running = false;
  await Promise.all(load);
  let lost = 0;
  for (const proof of acknowledged) {
    const { returnCode } = await production.waferd.call("qcloud.cam.auth", { ...proof });
    if (returnCode !== 0) lost += 1;
  }
  return { acknowledged: acknowledged.length, lost, failures, slowestFailure, recovery };
}
