import { Type } from "@sinclair/typebox";
import { BACKUP_NAME_PATTERN, type Backup } from "../../../core/backups/backup.ts";
import type { BackupOverview } from "../../../core/backups/backup-service.ts";
import { nullable, strict, Timestamp, timestamp } from "../model.ts";

const Name = Type.String({
  pattern: BACKUP_NAME_PATTERN,
  description: "`waferd-`, a number, and the time in UTC; the name of its folder",
  examples: ["waferd-000012-20261120T080000Z"],
});

export const BackupParams = strict({ name: Name });

const example = {
  name: "waferd-000012-20261120T080000Z",
  sizeBytes: 4_194_304,
  createdAt: "2026-11-20T08:00:00.000Z",
};

export const BackupModel = strict(
  { name: Name, sizeBytes: Type.Integer({ minimum: 0 }), createdAt: Timestamp },
  { $id: "Backup", examples: [example] },
);

export const BackupList = strict(
  {
    items: Type.Array(BackupModel, {
      description: "the latest first; half-made ones are left out",
    }),
    folder: Type.String({ description: "the folder in which they lie, on the server" }),
    everySeconds: nullable(Type.Integer({ minimum: 1 }), {
      description: "the option `backup.every`; null without a schedule",
    }),
    keep: Type.Integer({ minimum: 1, description: "the option `backup.keep`" }),
    nextAt: nullable(Timestamp, {
      description: "when the next one is due by schedule; null without a schedule",
    }),
    lastFailure: nullable(strict({ at: Timestamp, reason: Type.String() }), {
      description: "the latest attempt, if it failed; null when it succeeded",
    }),
  },
  {
    $id: "BackupList",
    examples: [
      {
        items: [example],
        folder: "/var/lib/waferd/backups",
        everySeconds: 86_400,
        keep: 7,
        nextAt: "2026-11-21T08:00:00.000Z",
        lastFailure: null,
      },
    ],
  },
);

/** The answer while a backup is still being made. */
export const BackupBegun = strict(
  { listedAt: Type.String({ description: "the path at which its outcome will be shown" }) },
  { $id: "BackupBegun", examples: [{ listedAt: "/api/v1/backups" }] },
);

export const toBackupModel = ({ name, sizeBytes, createdAt }: Backup) => ({
  name,
  sizeBytes,
  createdAt: timestamp(createdAt),
});

export const toBackupList = ({
  backups,
  folder,
  every,
  keep,
  nextAt,
  lastFailure,
}: BackupOverview) => ({
  items: backups.map(toBackupModel),
  folder,
  everySeconds: every === null ? null : every / 1000,
  keep,
  nextAt: nextAt === null ? null : timestamp(nextAt),
  lastFailure: lastFailure && { at: timestamp(lastFailure.at), reason: lastFailure.reason },
});
