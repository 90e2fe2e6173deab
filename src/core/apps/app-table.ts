import type { Page, PageRequest } from "../page.ts";
import type { Awaitable } from "../ports.ts";
import type { App, AppSettings, NewApp } from "./app.ts";

export interface AppTable {
  get(appid: string): Awaitable<App | null>;
  /** As `get`, at once; null also when it fails. Only embedded drivers have it. */
  getNow?(appid: string): App | null;
  getByNumber(number: number): Awaitable<App | null>;
  /** Returns the app with the smallest number, or null when none is registered. */
  first(): Awaitable<App | null>;
  /**
   * Registers an app under the next number.
   *
   * @param onlyAsFirst registers only if no app is registered, decided in the same transaction
   * @param number used instead of the next number, if it is above all earlier ones
   * @returns the app, "exists" when the appid is taken, "notFirst" when `onlyAsFirst` forbade it
   */
  create(
    app: NewApp,
    onlyAsFirst?: boolean,
    number?: number | null,
  ): Promise<App | "exists" | "notFirst">;
  /**
   * Changes the given members of an app, and increments its revision.
   *
   * @param ifRevision changes nothing when the app has another revision; null changes it anyway
   * @returns the changed app, "changed" when `ifRevision` forbade it, null when there is no such
   * app
   */
  update(
    appid: string,
    change: Partial<AppSettings & Pick<App, "updatedAt">>,
    ifRevision?: number | null,
  ): Promise<App | "changed" | null>;
  /**
   * Removes an app with its credentials, in one transaction. Its sessions stay; see
   * SessionTable.revokeByApp.
   *
   * @param ifRevision as in update
   * @returns "deleted", "changed" when `ifRevision` forbade it, null when there was no such app
   */
  delete(appid: string, ifRevision?: number | null): Promise<"deleted" | "changed" | null>;
  /** Lists apps in the order of their numbers. */
  list(page: PageRequest): Awaitable<Page<App>>;
  /** Returns a stored count; does not scan. */
  count(): Awaitable<number>;
}
