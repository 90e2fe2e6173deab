import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { StartError } from "../core/errors.ts";
import { entryAt, examineFolder, RUN_FOLDER } from "./ownership.ts";

/** Longer paths do not fit into an address of every system. */
const LONGEST_PATH = 100;
const SOCKET = /^[0-9a-f]{8}\.sock$/;
const DRAFT = /^[0-9a-f]{8}\.new$/;
/** A draft is bound and renamed at once; one that is this old was left by a killed process. */
const DRAFT_MS = 60_000;
/** How long a process may take to accept a connection before its socket counts as in use. */
const CONNECT_MS = 1000;

/** The place of a process's socket. Others see the socket once it listens and is private. */
export interface SocketPlace {
  /** Where the process listens first. */
  draft: string;
  /** Makes the socket private, and shows it. */
  publish(): void;
  /** Hides the socket from new callers. */
  withdraw(): void;
}

const runFolder = (dataDir: string): string => join(resolve(dataDir), RUN_FOLDER);

/** Tells whether sockets can be made in a data folder. */
export const canHaveSockets = (dataDir: string): boolean =>
  process.platform !== "win32" &&
  Buffer.byteLength(join(runFolder(dataDir), "00000000.sock")) <= LONGEST_PATH;

/** Makes the folder of the sockets and the lock, which only its owner can enter. */
export function makeRunFolder(dataDir: string): string {
  const folder = runFolder(dataDir);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw new StartError(
      `cannot open the data folder ${dataDir}: ${(cause as Error).message}. It must be a folder on a local disk in which this user may write; choose another by --data-dir`,
      { cause },
    );
  }
  return folder;
}

/** Finds a place for a socket, and removes the sockets of processes that were killed. */
export async function placeSocket(dataDir: string): Promise<SocketPlace> {
  const folder = makeRunFolder(dataDir);
  await removeStale(folder);
  const name = randomBytes(4).toString("hex");
  const [draft, path] = [join(folder, `${name}.new`), join(folder, `${name}.sock`)];
  return {
    draft,
    publish() {
      chmodSync(draft, 0o600);
      renameSync(draft, path);
    },
    withdraw: () => rmSync(path, { force: true }),
  };
}

/**
 * Returns the sockets of a data folder, stale ones among them.
 *
 * @throws StartError when another user could have made one
 */
export function socketsOf(dataDir: string): string[] {
  examineFolder(dataDir, { isServer: false, makes: [] });
  const folder = runFolder(dataDir);
  const entry = entryAt(folder);
  if (entry === null) return [];
  if (process.geteuid !== undefined && (entry.mode & 0o077) !== 0)
    throw new StartError(`others may enter ${folder}: chmod 700 ${folder}`);
  return readdirSync(folder)
    .filter((name) => SOCKET.test(name))
    .map((name) => join(folder, name))
    .filter((path) => {
      const socket = entryAt(path);
      if (socket !== null && (!socket.isSocket() || socket.uid !== entry.uid))
        throw new StartError(
          `${path} is not a socket of the folder's owner (uid ${entry.uid}): remove it`,
        );
      return socket !== null;
    });
}

async function removeStale(folder: string): Promise<void> {
  await Promise.all(
    readdirSync(folder).map(async (name) => {
      const path = join(folder, name);
      const isStale = DRAFT.test(name)
        ? Date.now() - (entryAt(path)?.mtimeMs ?? 0) > DRAFT_MS
        : SOCKET.test(name) && (await isDead(path));
      if (isStale) rmSync(path, { force: true });
    }),
  );
}

/** Tells whether no process listens on a socket. */
export function isDead(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ path });
    const end = (isDead: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      done(isDead);
    };
    const timer = setTimeout(() => end(false), CONNECT_MS);
    socket.once("connect", () => end(false));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => end(code === "ECONNREFUSED"));
  });
}
