import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { APP } from "./stored-sessions.ts";
import type { Traffic } from "./wrk.ts";

const envelope = (interfaceName: string, para: Record<string, string>): string =>
  JSON.stringify({ version: 1, componentName: "MA", interface: { interfaceName, para } });

/** Checks of sessions. @param proofs a file of "id skey" */
export const checks = (proofs: string): Traffic => ({
  template: envelope("qcloud.cam.auth", { id: "%s", skey: "%s" }),
  lines: proofs,
});

/** Asks for the app's access token, which is fetched by the first of them only. */
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

/** Logins of a store's users, in turn. WeChat lets a user log in a hundred times a minute. */
export class Logins {
  readonly #sandbox;
  readonly #openids: readonly string[];
  readonly #file: string;
  #next = 0;

  /** @param openids a file of a store's users */
  constructor(sandbox: Sandbox, openids: string) {
    this.#sandbox = sandbox;
    this.#openids = readFileSync(openids, "utf8").trimEnd().split("\n");
    this.#file = `${openids}.codes`;
  }

  /** So many, none of which was made before. */
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
    return { template: envelope("qcloud.cam.id_skey", { code: "%s" }), lines: this.#file, once: true };
  }
}
