import type { DriverName } from "../../src/config/drivers/drivers.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { APP, type Filling, fillStore, openPlace, type StorePlace } from "./stored-sessions.ts";
import { bytesOnDisk, type MeasuredStore, STORES } from "./stores.ts";

/** Room that sessions take, in bytes a session. */
export interface Room {
  /** By the store's own account: pages with data, memory, or tables with their indexes. */
  used: number;
  /** By its files on the disk. */
  files: number;
}

/** A private store with sessions, which is removed at the end of its scope. */
export class FilledStore implements AsyncDisposable {
  readonly sessions: number;
  readonly place: StorePlace;
  /** Folder for files of requests. */
  readonly folder: string;
  readonly #store: MeasuredStore;
  readonly #folder: { path: string } & Disposable;
  /** Room before it had any sessions, in bytes. */
  #empty: Room = { used: 0, files: 0 };

  private constructor(
    sessions: number,
    store: MeasuredStore,
    source: string | undefined,
    folder: { path: string } & Disposable,
  ) {
    this.sessions = sessions;
    const { address, dataDir } = store;
    this.place = { address, dataDir, ...(source !== undefined && { source }) };
    this.folder = folder.path;
    this.#store = store;
    this.#folder = folder;
  }

  static async make(
    driver: DriverName,
    sessions: number,
    options: Pick<Filling, "sorted" | "atMostSeconds" | "source"> = {},
  ): Promise<FilledStore> {
    const store = await STORES[driver].start();
    const filled = new FilledStore(sessions, store, options.source, tempFolder());
    try {
      // Opening a store of another source could change its format.
      if (options.source === undefined) filled.#empty = await filled.#bytes();
      await fillStore({ ...filled.place, ...options, sessions });
    } catch (error) {
      await filled[Symbol.asyncDispose]();
      throw error;
    }
    return filled;
  }

  /** Returns the room that each of its sessions takes now. */
  async room(): Promise<Room> {
    const { used, files } = await this.#bytes();
    return {
      used: (used - this.#empty.used) / this.sessions,
      files: (files - this.#empty.files) / this.sessions,
    };
  }

  /** Waits until its server has done its maintenance. */
  settle(): Promise<void> {
    return this.#store.settle();
  }

  /** Logs every user in again, page by page, all users of a page concurrently. */
  async logAllIn(): Promise<void> {
    const store = await openPlace(this.place);
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await store.sessions.dump(APP.appid, {
        limit: 500,
        ...(cursor !== "" && { cursor }),
      });
      const loginAt = Date.now();
      await Promise.all(
        page.items.map(({ id, appid, openid, unionid, sessionKey, expiresAt, userInfo }) =>
          store.sessions.issue({
            ...{ id, appid, openid, unionid, sessionKey, loginAt, expiresAt, sessionsPerUser: 1 },
            skey: crypto.randomUUID(),
            profile: userInfo,
          }),
        ),
      );
      cursor = page.next;
    }
    await store.close();
  }

  async #bytes(): Promise<Room> {
    const store = await openPlace(this.place);
    const { usedBytes } = await store.usage();
    await store.close();
    return { used: usedBytes ?? 0, files: bytesOnDisk(this.#store.files) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}
