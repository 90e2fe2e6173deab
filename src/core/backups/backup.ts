import type { Milliseconds } from "../ports.ts";

/** The bounds of the time between two scheduled backups. */
export const MIN_BACKUP_EVERY: Milliseconds = 300_000;
export const MAX_BACKUP_EVERY: Milliseconds = 365 * 86_400_000;

/** A backup in the folder of backups. */
export interface Backup {
  /** `waferd-`, a number and the time at which it was begun: `waferd-000012-20261121T080000Z`. */
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

/** The names of backups, for schemas: no other name ever becomes a path. */
export const BACKUP_NAME_PATTERN = "^waferd-\\d{6,9}-\\d{8}T\\d{6}Z$";

const NAME = /^waferd-(\d{6,9})-((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z)$/;

const timeText = (at: Milliseconds): string =>
  new Date(at).toISOString().replace(/\.\d+|[-:]/g, "");

/** Returns the number of a backup and when it was begun; null for another name. */
export function parseBackupName(name: string): { number: number; at: Milliseconds } | null {
  const [, number = "", time = "", ...parts] = NAME.exec(name) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const at = parts.length === 0 ? Number.NaN : Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC moves the 31st of February into March.
  return Number.isNaN(at) || timeText(at) !== time ? null : { number: Number(number), at };
}

const numberOf = (name: string): number => parseBackupName(name)?.number ?? 0;

/**
 * Returns names of backups, the latest first. The number orders them and not the time, so that one
 * made under a wrong clock neither outlives later ones nor pushes them out.
 */
export const latestFirst = (names: readonly string[]): string[] =>
  names.toSorted((one, other) => numberOf(other) - numberOf(one) || (one < other ? 1 : -1));

/** Returns the name of the backup that is begun after others. */
export function nextBackupName(existing: readonly string[], at: Milliseconds): string {
  const number = Math.max(0, ...existing.map(numberOf)) + 1;
  return `waferd-${String(number).padStart(6, "0")}-${timeText(at)}`;
}
