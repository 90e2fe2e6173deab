import type { Milliseconds } from "../ports.ts";

/** A whole backup of the store. */
export interface Backup {
  /** `waferd-<number>-<time in UTC>`, such as `waferd-000012-20261120T080000Z`. */
  name: string;
  sizeBytes: number;
  /** By the clock of the server that made it. */
  createdAt: Milliseconds;
}

/** The latest attempt at a backup, if it failed. */
export interface BackupFailure {
  at: Milliseconds;
  /** For administrators; it may name paths. */
  reason: string;
}

/** The only names that are read, made or removed: no path leads out of the folder by one. */
export const BACKUP_NAME_PATTERN = "^waferd-\\d{6,9}-\\d{8}T\\d{6}Z$";

const NAME = new RegExp(BACKUP_NAME_PATTERN);
const PARTS = /^waferd-(\d+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Returns the number and the time of a backup; null for a name of another form. */
export function parseBackupName(name: string): { number: number; createdAt: Milliseconds } | null {
  const [, number, year, month, day, hour, minute, second] = PARTS.exec(name) ?? [];
  if (number === undefined || !NAME.test(name)) return null;
  const createdAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(createdAt) ? null : { number: Number(number), createdAt };
}

const numberOf = ({ name }: Pick<Backup, "name">): number => parseBackupName(name)?.number ?? 0;

/**
 * Returns the name of the next backup. The number orders backups, and not the time, so that one
 * made under a wrong clock neither outlives later ones nor pushes them out.
 */
export function nextBackupName(existing: readonly Backup[], now: Milliseconds): string {
  const number = Math.max(0, ...existing.map(numberOf)) + 1;
  const time = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:]/g, "");
  return `waferd-${String(number).padStart(6, "0")}-${time}`;
}

/** Returns backups in their order, the latest first. */
export const latestFirst = (backups: readonly Backup[]): Backup[] =>
  backups.toSorted((a, b) => numberOf(b) - numberOf(a) || (a.name < b.name ? 1 : -1));
