import type { Milliseconds } from "../ports.ts";

/** The bounds of the time between two scheduled backups. */
export const MIN_BACKUP_EVERY: Milliseconds = 300_000;
export const MAX_BACKUP_EVERY: Milliseconds = 365 * 86_400_000;

/** A backup in the folder of backups. */
export interface Backup {
  /** `waferd-` and the time at which it was begun: `waferd-20261121T080000Z`. */
  name: string;
  at: Milliseconds;
  bytes: number;
  /** Whether its file is there and has as many pages as it says. */
  isWhole: boolean;
}

/** The latest backup that failed, if none has been made since. */
export interface BackupFailure {
  at: Milliseconds;
  /** Why, for administrators. */
  reason: string;
}

const NAME = /^waferd-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** The names of backups, for schemas: no other name ever becomes a path. */
export const BACKUP_NAME_PATTERN = "^waferd-\\d{8}T\\d{6}Z$";

/** Returns the name of a backup that begins at a time. */
export const backupName = (at: Milliseconds): string =>
  `waferd-${new Date(at).toISOString().replace(/\.\d+|[-:]/g, "")}`;

/** Returns when a backup was begun; null for another name. */
export function timeOfBackup(name: string): Milliseconds | null {
  const [, ...parts] = NAME.exec(name) ?? [];
  const [year = 0, month = 0, ...rest] = parts.map(Number);
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const at = parts.length === 0 ? Number.NaN : Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC moves the 31st of February into March.
  return Number.isNaN(at) || backupName(at) !== name ? null : at;
}
