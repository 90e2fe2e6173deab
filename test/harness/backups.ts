import { BackupService } from "../../src/core/backups/backup-service.ts";
import { StoreCheckService } from "../../src/core/store-checks/store-check-service.ts";
import { random, type Scenario } from "./scenario.ts";
import { silentLog } from "./silent-log.ts";

/** Returns the service of checks that find nothing. */
export const checksOfNothing = ({ tables, clock }: Scenario): StoreCheckService =>
  new StoreCheckService({
    ...{ tables, clock, random, log: silentLog },
    check: async () => ({ records: {}, flaws: 0, shown: [] }),
    notes: {
      read: async () => ({ runningSince: null, last: null }),
      begin: async () => undefined,
      end: async () => undefined,
    },
  });

/** Returns the service of a store that other tools back up. */
export const backupsElsewhere = ({ tables, core, clock }: Scenario): BackupService =>
  new BackupService(
    {
      ...{
        tables,
        audit: core.audit,
        clock,
        random,
        log: silentLog,
        place: null,
        monotonic: () => 0,
      },
      usage: () => tables.usage(),
    },
    { every: null, keep: 1, advice: "use mysqldump" },
  );
