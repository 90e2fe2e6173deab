import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import type { BackupService } from "../../../core/backups/backup-service.ts";
import { SECURITY_HEADERS } from "../../security-headers.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import { within } from "../within.ts";
import {
  BackupModel,
  BackupParams,
  BackupsModel,
  BegunBackupModel,
  toBackupModel,
  toBackupsModel,
} from "./model.ts";

/** How long a request waits for the backup that it began. */
const PATIENCE_MS = 20_000;

/** Routes of the backups of the embedded store. */
export function backupRoutes(options: RestOptions & { backups: BackupService }) {
  const { core, backups } = options;
  const { admin } = guards(core, "backups");
  return new Elysia({ prefix: "/backups" })
    .use(restContext(options))
    .get(
      "",
      async () => toBackupsModel(unwrap(await backups.state())),
      admin({
        response: { 200: BackupsModel, ...problems("backupFailed") },
        detail: { text: "listBackups" },
      }),
    )
    .post(
      "",
      async ({ call, set, status }) => {
        const { name, done } = unwrap(await backups.begin(call.actor));
        set.headers["location"] = `/api/v1/backups/${name}`;
        const made = await within(PATIENCE_MS, done);
        return made === null ? status(202, { name }) : status(201, toBackupModel(unwrap(made)));
      },
      admin({
        response: {
          201: BackupModel,
          202: BegunBackupModel,
          ...problems("backupElsewhere", "backupRunning", "backupFailed"),
        },
        detail: { text: "makeBackup", answerHeaders: ["Location"] },
      }),
    )
    .get(
      "/:name",
      async ({ params, call }) => {
        const file = unwrap(await backups.open(params.name, call.actor));
        // Clients' types come from the routes, and must not widen to any response.
        return new Response(file, {
          headers: {
            ...SECURITY_HEADERS,
            "Content-Type": "application/octet-stream",
            "Content-Disposition": `attachment; filename="${params.name}.mdb"`,
            "X-Request-Id": call.requestId,
          },
        }) as never;
      },
      admin({
        params: BackupParams,
        response: {
          200: Type.String(),
          ...problems("backupElsewhere", "backupNotFound", "backupFailed"),
        },
        detail: { text: "downloadBackup", givesFile: true },
      }),
    )
    .delete(
      "/:name",
      async ({ params, call, status }) => {
        unwrap(await backups.remove(params.name, call.actor));
        return status(204, undefined);
      },
      admin({
        params: BackupParams,
        response: {
          204: NoContent,
          ...problems("backupElsewhere", "backupNotFound", "backupFailed"),
        },
        detail: { text: "removeBackup" },
      }),
    );
}
