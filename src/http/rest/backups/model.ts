import { Type } from "@sinclair/typebox";
import { BACKUP_NAME_PATTERN, type Backup } from "../../../core/backups/backup.ts";
import type { BackupState } from "../../../core/backups/backup-service.ts";
import { nullable, strict, Timestamp, timestamp } from "../model.ts";

const Name = Type.String({
  pattern: BACKUP_NAME_PATTERN,
  description: "the name of a backup, such as waferd-000012-20261120T080000Z",
  examples: ["waferd-000012-20261120T080000Z"],
});

export const BackupParams = strict({ name: Name });

const EXAMPLE = {
  name: "waferd-000012-20261120T080000Z",
  at: "2026-11-20T08:00:00.000Z",
  bytes: 1_253_376,
  whole: true,
};

export const BackupModel = strict(
  {
    name: Name,
    at: Timestamp,
    bytes: Type.Integer({ minimum: 0 }),
    whole: Type.Boolean({
      description: "whether its file is there and has as many pages as it says",
    }),
  },
  { $id: "Backup", examples: [EXAMPLE] },
);

export const BackupsModel = strict(
  {
    items: Type.Array(BackupModel, { description: "latest first" }),
    folder: nullable(Type.String(), {
      description: "where they are kept; null for a store that other tools back up",
    }),
    everySeconds: nullable(Type.Integer({ minimum: 1 }), {
      description: "the option backup.every; null without a schedule",
    }),
    keep: Type.Integer({
      minimum: 1,
      description: "the option backup.keep: how many are kept, those made by hand included",
    }),
    nextAt: nullable(Timestamp, {
      description: "when the next scheduled one is due; null without a schedule",
    }),
    runningSince: nullable(Timestamp, {
      description: "when the one that is being made was begun; null when none is",
    }),
    lastFailure: nullable(
      strict({ at: Timestamp, reason: Type.String({ description: "why, and what to do" }) }),
      { description: "the latest that failed; null if one was made since" },
    ),
    advice: nullable(Type.String(), {
      description: "for Redis and MySQL: the tools that back them up; else null",
    }),
  },
  {
    $id: "Backups",
    examples: [
      {
        items: [EXAMPLE],
        folder: "/var/lib/waferd/backups",
        everySeconds: 86_400,
        keep: 7,
        nextAt: "2026-11-21T08:00:00.000Z",
        runningSince: null,
        lastFailure: null,
        advice: null,
      },
    ],
  },
);

export const BegunBackupModel = strict(
  { name: Name },
  { $id: "BegunBackup", examples: [{ name: EXAMPLE.name }] },
);

export const toBackupModel = ({ name, at, bytes, isWhole }: Backup) => ({
  ...{ name, bytes, whole: isWhole },
  at: timestamp(at),
});

const orNull = (at: number | null): string | null => (at === null ? null : timestamp(at));

export const toBackupsModel = (state: BackupState) => ({
  items: state.backups.map(toBackupModel),
  folder: state.folder,
  everySeconds: state.every === null ? null : state.every / 1000,
  keep: state.keep,
  nextAt: orNull(state.nextAt),
  runningSince: orNull(state.runningSince),
  lastFailure: state.failure && {
    at: timestamp(state.failure.at),
    reason: state.failure.reason,
  },
  advice: state.advice,
});
