import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import {
  BackupBegun,
  BackupList,
  BackupModel,
  BackupParams,
  toBackupList,
  toBackupModel,
} from "./model.ts";

/** How long a request waits for its backup: proxies in front give up after a minute or less. */
const PATIENCE_MS = 10_000;

/** Routes of the backups of the store. */
export function backupRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "backups");
  return new Elysia({ prefix: "/backups" })
    .use(restContext(options))
    .get(
      "",
      async () => toBackupList(unwrap(await core.backups.list())),
      admin({
        response: { 200: BackupList, ...problems("backupUnsupported", "backupFailed") },
        detail: { text: "listBackups" },
      }),
    )
    .post(
      "",
      async ({ call, status }) => {
        const made = await withinPatience(core.backups.make(call.actor));
        return made === null
          ? status(202, { listedAt: "/api/v1/backups" })
          : status(201, toBackupModel(unwrap(made)));
      },
      admin({
        response: {
          201: BackupModel,
          202: BackupBegun,
          ...problems("backupUnsupported", "backupRunning", "backupFailed", "storeFailed"),
        },
        detail: { text: "makeBackup" },
      }),
    )
    .delete(
      "/:name",
      async ({ params, call, status }) => {
        unwrap(await core.backups.remove(params.name, call.actor));
        return status(204, undefined);
      },
      admin({
        params: BackupParams,
        response: {
          204: NoContent,
          ...problems("backupUnsupported", "backupNotFound", "backupFailed"),
        },
        detail: { text: "deleteBackup" },
      }),
    );
}

/** Returns an outcome, or null when it takes too long to wait for. */
async function withinPatience<T>(outcome: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const waiting = setTimeout(() => resolve(null), PATIENCE_MS);
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(waiting);
  }
}
