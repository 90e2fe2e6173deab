import { EXIT, type ExitStatus } from "../cli/exit-status.ts";
import { checkReport } from "../cli/store-report.ts";
import type { Config } from "../config/schema.ts";
import type { StoreReport } from "../core/store-checks/store-check.ts";
import { beginOwnProcess, runInProcess } from "./own-process.ts";
import { storeTools } from "./store-tools.ts";

/**
 * Checks the configured store in another process, which gets the configuration by its input, for it
 * may hold the master key.
 *
 * @throws Error with the reason
 */
export const checkInProcess = async (config: Config, signal: AbortSignal): Promise<StoreReport> =>
  JSON.parse(await runInProcess(["store-check"], JSON.stringify(config), signal));

/** Runs the command of {@link checkInProcess}. */
export async function runStoreCheck(): Promise<ExitStatus> {
  beginOwnProcess();
  const { store, damages } = await storeTools.openWhole(JSON.parse(await Bun.stdin.text()));
  try {
    await Bun.write(Bun.stdout, JSON.stringify(await checkReport(store, damages)));
  } finally {
    await store.close();
  }
  return EXIT.done;
}
