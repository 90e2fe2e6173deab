import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { APP, startProduction } from "./production.ts";
import { noteSecret } from "./secrets.ts";
import { Waferd } from "./waferd.ts";

/** Where an export is imported, by the options of the executable. */
export interface ImportTarget {
  /** The file. */
  from: string;
  dataDir: string;
  /** Further options, of the import and of the server that then runs on the data. */
  args?: readonly string[];
  environment?: Record<string, string>;
}

/** The exports of a running server that has apps, a session, a service key and a token. */
export interface ExportedStore extends AsyncDisposable {
  /**
   * The file whose secrets are sealed with `masterKey`, and the one that has them in clear text.
   */
  sealed: string;
  clear: string;
  masterKey: string;
  /**
   * Imports a file twice, checks the store, and expects that the session, the key and the token
   * work there.
   */
  importInto(target: ImportTarget): Promise<void>;
}

/**
 * Fills a server and exports its data while it goes on serving.
 *
 * @param folder where the files are written
 */
export async function exportedStore(folder: string): Promise<ExportedStore> {
  const production = await startProduction();
  const { adminKey, waferd } = production;
  const session = (await production.login(production.user("alice"))).returnData;
  const created = await fetch(`${waferd.url}/api/v1/service-keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ title: "k", apps: [APP.appid], capabilities: ["token"] }),
  });
  expect(created.status).toBe(201);
  const { key } = (await created.json()) as { key: string };
  noteSecret(key);
  await waferd.call("qcloud.mimi.access_token", { appid: APP.appid }, { key: adminKey });
  const [sealed, clear] = [join(folder, "sealed.jsonl"), join(folder, "clear.jsonl")];
  for (const options of [
    ["--to", sealed],
    ["--to", clear, "--clear-secrets"],
  ])
    expect((await runCommand(["export", "--data-dir", waferd.dataDir, ...options])).status).toBe(0);
  return {
    sealed,
    clear,
    masterKey: readFileSync(join(waferd.dataDir, "master.key"), "utf8").trim(),
    async importInto({ from, dataDir, args = [], environment = {} }) {
      const run = (...command: string[]) =>
        runCommand([...command, "--data-dir", dataDir, ...args], { environment });
      const imported = await run("import", "--from", from);
      expect(imported.stdout).toMatch(
        /apps: 2 new.*service keys: 1 new.*tokens and tickets: 1 new.*sessions: 1 new/s,
      );
      expect(imported.stdout).toMatch(/audit entries: 3 new.*unreadable: 0/s);
      expect((await run("import", "--from", from)).stdout).not.toMatch(
        /[1-9]\d* new|[1-9]\d* newer/,
      );
      expect((await run("store", "check")).stdout).toContain("nothing is wrong");
      await using other = await Waferd.start({ args, dataDir, environment });
      expect(
        await other.call("qcloud.cam.auth", { id: session.id, skey: session.skey }),
      ).toMatchObject({
        returnCode: 0,
        returnData: { openid: session.openid },
      });
      const token = await other.call("qcloud.mimi.access_token", { appid: APP.appid }, { key });
      expect(token.returnMessage).toBe("OLD_TOKEN_SUCCESS");
    },
    [Symbol.asyncDispose]: () => production[Symbol.asyncDispose](),
  };
}
