import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { APP } from "./stored-sessions.ts";
import type { Traffic } from "./wrk.ts";

const envelope = (interfaceName: string, para: Record<string, string>): string =>
  JSON.stringify({ version: 1, componentName: "MA", interface: { interfaceName, para } });

/** Returns requests that check sessions. @param proofs path of a file with "id skey" lines */
export const checks = (proofs: string): Traffic => ({
  template: envelope("qcloud.cam.auth", { id: "%s", skey: "%s" }),
  lines: proofs,
});

/** Returns requests for the app's access token, which only the first request fetches. */
export function tokens(folder: string, dataDir: string): Traffic {
  const lines = join(folder, "appids");
  writeFileSync(lines, `${APP.appid}\n`);
  const key = readFileSync(join(dataDir, "admin.key"), "utf8").trim();
  return {
    template: envelope("qcloud.mimi.access_token", { appid: "%s" }),
    lines,
    headers: { Authorization: `Bearer ${key}` },
  };
}

/** Logins of a store's users in turn, because WeChat allows a user a hundred logins a minute. */
export class Logins {
  readonly #sandbox;
  readonly #openids: readonly string[];
  readonly #file: string;
  #next = 0;

  /** @param openids path of a file with the openids of the users */
  constructor(sandbox: Sandbox, openids: string) {
    this.#sandbox = sandbox;
    this.#openids = readFileSync(openids, "utf8").trimEnd().split("\n");
    this.#file = `${openids}.codes`;
  }

  /** Makes so many logins, each with a new code. */
  make(count: number): Traffic {
    const { world } = this.#sandbox;
    const codes = Array.from({ length: count }, () => {
      const openid = this.#openids[this.#next % this.#openids.length] as string;
      this.#next += 1;
      const user = world.user(APP.appid, openid);
      if (user.openid !== openid) world.change(user, { openid });
      return `${world.giveCode(user)}\n`;
    });
    writeFileSync(this.#file, codes.join(""));
    return {
      template: envelope("qcloud.cam.id_skey", { code: "%s" }),
      lines: this.#file,
      once: true,
    };
  }
}
