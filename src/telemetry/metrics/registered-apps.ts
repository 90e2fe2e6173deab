/**
 * The appids that are known to be registered. Others are not used as labels: a client can send any
 * number of them.
 */
export class RegisteredApps {
  readonly #appids = new Set<string>();

  add(appid: string): string {
    this.#appids.add(appid);
    return appid;
  }

  /** Returns the appid as a label: empty when it is unknown. */
  label(appid: string | null): string {
    return appid !== null && this.#appids.has(appid) ? appid : "";
  }
}
