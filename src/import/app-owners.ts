import { loggableId } from "../core/apps/app.ts";
import { StartError } from "../core/errors.ts";

/** The app of a session, or why it is unknown; null when another app than this is wanted. */
export type Owner = { appid: string } | { reason: string } | null;

/** The apps of a source, by which the owners of its sessions are found. */
export class AppOwners {
  readonly #source;
  readonly #wanted;
  readonly #appids = new Set<string>();

  /**
   * @param source its name, for messages
   * @param wanted the app to import; null imports all apps
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

  /** Tells whether to import what belongs to an app, or with null what belongs to none. */
  wants(appid: string | null): boolean {
    return this.#wanted === null || this.#wanted === appid;
  }

  /**
   * Checks the wanted app once all apps are known. The sessions of a source without apps may
   * belong to any app.
   *
   * @throws StartError when the wanted app is not among them
   */
  demandWanted(): void {
    if (this.#wanted === null || this.size === 0 || this.#appids.has(this.#wanted)) return;
    throw new StartError(
      `${this.#source} has no app ${this.#wanted} that could be read: give --appid one of its own, or leave it out`,
    );
  }

  /** @throws StartError when the owner of sessions that name no app is ambiguous */
  demandOnly(): void {
    if (this.#wanted !== null || this.size === 1) return;
    throw new StartError(
      `the sessions in ${this.#source} name no app, and it has ${this.size === 0 ? "none" : `${this.size} apps`}: give their app by --appid`,
    );
  }

  /**
   * Finds the app of a session.
   *
   * @param named the app that it names; empty when it names none
   * @param place the table that has to contain the app, for messages
   */
  of(named: string, place: string): Owner {
    if (named === "") return this.#ofNone();
    if (!this.wants(named)) return null;
    // A source without apps belongs to the app that the operator names.
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

/**
 * Says that an app is missing. The appid is shown only in WeChat's form, because people put secrets
 * where appids belong.
 */
export function notThere(appid: string, place: string): string {
  const shown = loggableId(appid);
  return `its app ${shown === null ? "" : `${shown} `}is not in ${place}`;
}
