/**
 * The proxies of docs/proxies with /forward-auth, and the drawing example as the business server.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";

const ROOT = join(import.meta.dir, "../..");
const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";
const INVALID_SESSION = {
  [MAGIC_ID]: 1,
  error: "ERR_INVALID_SESSION",
  message: expect.any(String),
};

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

async function loggedIn(name: string, appid = APP.appid) {
  const user = production.user(name, appid);
  const { id, skey } = (await production.login(user)).returnData;
  return { user, headers: { "X-WX-Id": id as string, "X-WX-Skey": skey as string } };
}

/** A server started for a test; ended with its scope. */
async function started(command: string[], url: string, environment: Record<string, string> = {}) {
  const process = Bun.spawn(command, {
    env: { PATH: Bun.env["PATH"] ?? "", ...environment },
    stdout: "ignore",
    stderr: "pipe",
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if (process.exitCode !== null) throw new Error(await new Response(process.stderr).text());
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) break;
    await Bun.sleep(25);
  }
  return {
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.exited;
    },
  };
}

type StartProxy = (folder: string, config: string, url: string) => ReturnType<typeof started>;

const PROXIES: Record<string, { file: string; start: StartProxy }> = {
  nginx: {
    file: "nginx.conf",
    start(folder, config, url) {
      const site = join(folder, "site.conf");
      const main = join(folder, "main.conf");
      mkdirSync(join(folder, "logs"));
      writeFileSync(site, config);
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((name) => `${name}_temp_path ${folder}/${name};`)
        .join(" ");
      writeFileSync(
        main,
        `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${temporary} include ${site}; }`,
      );
      return started(["nginx", "-p", folder, "-c", main, "-e", "stderr"], url);
    },
  },
  Caddy: {
    file: "Caddyfile",
    start(folder, config, url) {
      const file = join(folder, "Caddyfile");
      // Its administration listens on a fixed port.
      writeFileSync(file, `{\n\tadmin off\n}\n${config}`);
      return started(["caddy", "run", "--config", file, "--adapter", "caddyfile"], url, {
        HOME: folder,
      });
    },
  },
};

describe.each(Object.entries(PROXIES).map(([name, proxy]) => ({ name, ...proxy })))(
  "behind $name",
  ({ file, start }) => {
    test("a user's requests reach the business server as theirs, and nobody else's do", async () => {
      using folder = tempFolder();
      const [port, business] = [await freePort(), await freePort()];
      const url = `http://127.0.0.1:${port}`;
      const waferd = new URL(production.waferd.url);
      const config = readFileSync(join(ROOT, "docs/proxies", file), "utf8")
        .replaceAll("127.0.0.1:3000", `127.0.0.1:${business}`)
        .replaceAll("127.0.0.1:8888", waferd.host)
        .replaceAll("wx0000000000000de0", APP.appid)
        .replace("listen 80;", `listen 127.0.0.1:${port};`)
        .replace(/^:80 /m, `http://127.0.0.1:${port} `);
      await using _business = await started(
        ["node", join(ROOT, "examples/drawing/server.mjs")],
        `http://127.0.0.1:${business}/strokes`,
        { PORT: String(business) },
      );
      await using _proxy = await start(folder.path, config, url);

      const strokes = [
        [
          [1, 2],
          [3, 4],
        ],
        [[5, 6]],
      ];
      const send = async (headers: Record<string, string>, init: RequestInit = {}) => {
        const answer = await fetch(`${url}/strokes`, { ...init, headers });
        return { status: answer.status, body: await answer.json() };
      };
      const alice = await loggedIn("Alice");
      const bob = await loggedIn("Bob");
      const put = { method: "PUT", body: JSON.stringify(strokes) };
      expect(await send(alice.headers, put)).toEqual({
        status: 200,
        body: { artist: "Alice", saved: 2 },
      });
      expect(await send(alice.headers)).toEqual({
        status: 200,
        body: { artist: "Alice", strokes },
      });
      expect(await send(bob.headers)).toEqual({
        status: 200,
        body: { artist: "Bob", strokes: [] },
      });

      const forged = {
        "X-Wafer-Openid": alice.user.openid,
        "X-Wafer-Appid": APP.appid,
        "X-Wafer-Unionid": "forged",
        "X-Wafer-User-Info": encodeURIComponent('{"nickName":"Alice"}'),
      };
      expect((await send({ ...bob.headers, ...forged })).body).toEqual({
        artist: "Bob",
        strokes: [],
      });
      expect(await send(forged)).toEqual({ status: 200, body: INVALID_SESSION });

      const expired = { ...alice.headers, "X-WX-Skey": "0".repeat(64) };
      expect(await send(expired, put)).toEqual({ status: 200, body: INVALID_SESSION });
      const stranger = await loggedIn("Stranger", OTHER_APP.appid);
      expect(await send(stranger.headers)).toEqual({ status: 200, body: INVALID_SESSION });
    }, 30_000);
  },
);
