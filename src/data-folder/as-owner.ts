import { statSync } from "node:fs";
import { StartError } from "../core/errors.ts";

/**
 * Runs an operation in a folder; when root runs it in the folder of another user, with the rights
 * of that user. With root's own rights, a link that the user put there would lead writes to any
 * file of the machine.
 *
 * @throws StartError when root cannot take that user's rights
 */
export async function asOwnerOf<T>(folder: string, run: () => Promise<T>): Promise<T> {
  const { uid, gid } = statSync(folder);
  if (process.geteuid?.() !== 0 || uid === 0) return await run();
  const groups = process.getgroups?.() ?? [];
  const group = process.getegid?.() ?? 0;
  try {
    process.setgroups?.([gid]);
    process.setegid?.(gid);
    process.seteuid?.(uid);
  } catch (cause) {
    process.setegid?.(group);
    if (groups.length > 0) process.setgroups?.(groups);
    throw new StartError(
      `${folder} belongs to uid ${uid}, and this process cannot act as that user (${(cause as Error).message}): run this as that user, sudo -u '#${uid}' waferd …`,
      { cause },
    );
  }
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(group);
    process.setgroups?.(groups);
  }
}
