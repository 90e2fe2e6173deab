import { loggableId } from "../core/apps/app.ts";
import { StartError } from "../core/errors.ts";

/** The app of a session, or why nobody knows it; null when it is another's than the one that is wanted. */
export type Owner = { appid: string } | { reason: string } | null;

/** The apps of a source, which say whose its sessions are, and whose things are wanted. */
export class AppOwners {
  readonly #source;
  readonly #wanted;
  readonly #appids = new Set<string>();

  /**
   * @param source its name, for what is said of it
   * @param wanted the appid whose things only are wanted; null for all
   */
  constructor(source: string, wanted: string | null) {
    this.#source = source;
    this.#wanted = wanted;
  }

  get size(): number {
    return this.#appids.size;
  }

  add(appid: string): void {
    this.#appids.add(appid);
  }

  /** Whether the things of an app are wanted; of null, those that are no app's. */
  wants(appid: string | null): boolean {
    return this.#wanted === null || this.#wanted === appid;
  }

  /**
   * To be asked when all apps are known. A source of sessions alone may belong to whichever app the operator names.
   *
   * @throws StartError when the wanted app is not among them
   */
  demandWanted(): void {
    if (this.#wanted === null || this.size === 0 || this.#appids.has(this.#wanted)) return;
    throw new StartError(
      `${this.#source} has no app ${this.#wanted} that could be read: give --appid one of its own, or leave it out`,
    );
  }

  /** @throws StartError when sessions that name no app cannot be told whose they are */
  demandOnly(): void {
    if (this.#wanted !== null || this.size === 1) return;
    throw new StartError(
      `the sessions in ${this.#source} name no app, and it has ${this.size === 0 ? "none" : `${this.size} apps`}: name by --appid the app whose they are`,
    );
  }

  /**
   * Whose a session is.
   *
   * @param named the app that it names; empty when it names none
   * @param place where its app would have to be
   */
  of(named: string, place: string): Owner {
    if (named === "") return this.#ofNone();
    if (!this.wants(named)) return null;
    // A source of nothing but sessions has what the operator says.
    const isKnown = this.#appids.has(named) || (this.size === 0 && this.#wanted === named);
    return isKnown ? { appid: named } : { reason: notThere(named, place) };
  }

  #ofNone(): Owner {
    if (this.#wanted !== null) return { appid: this.#wanted };
    const [only] = this.#appids;
    return this.size === 1 && only !== undefined
      ? { appid: only }
      : { reason: `it names no app, and there are ${this.size}` };
  }
}

/** People put secrets where appids belong, so only what has the form of WeChat's is shown. */
export function notThere(appid: string, place: string): string {
  const shown = loggableId(appid);
  return `its app ${shown === null ? "" : `${shown} `}is not in ${place}`;
}
