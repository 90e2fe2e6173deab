/**
 * Appids that are known to be registered. Any other that a request names is no label: anybody can name as many as he
 * likes.
 */
export class RegisteredApps {
  readonly #appids = new Set<string>();

  add(appid: string): string {
    this.#appids.add(appid);
    return appid;
  }

  /** The appid as a label: empty when it is not known. */
  label(appid: string | null): string {
    return appid !== null && this.#appids.has(appid) ? appid : "";
  }
}
