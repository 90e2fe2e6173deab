/** The packages for other platforms, where an emulator or another C library can run them. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { TARGETS } from "../../scripts/package/targets.ts";
import { runnerOf } from "../../scripts/package/try-out.ts";
import { killWithParent } from "../harness/reaper.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { PACKING_LIMIT, packagesFor, run, unpack, VERSION } from "./made.ts";

describe.each([
  { name: "linux-arm64", needs: "qemu-user-static, libstdc++6-arm64-cross" },
  { name: "linux-x64-musl", needs: "a musl loader that finds a libstdc++ for musl, as on Alpine" },
])("$name", ({ name, needs }) => {
  const target = TARGETS.find((one) => one.name === name);
  const runner = target === undefined ? null : runnerOf(target);
  // The summary of npm test repeats this line.
  if (runner === null) console.log(`skipped: package for ${name}: needs ${needs}`);
  const tried = test.skipIf(runner === null);
  const folder = tempFolder();
  afterAll(() => folder[Symbol.dispose]());
  const command = [...(runner ?? []), join(folder.path, "waferd")];

  tried(
    "the executable prints its version, and accepts the packaged configuration",
    async () => {
      const maintainer = "Jane Doe <jane@example.com>";
      const made = await packagesFor(name, "--maintainer", maintainer);
      if (target?.debian !== undefined)
        expect(run(["dpkg-deb", "-f", made.path(".deb"), "Maintainer"]).output).toBe(
          `${maintainer}\n`,
        );
      unpack(made, folder.path);
      expect(run([...command, "--version"])).toEqual({ status: 0, output: `${VERSION}\n` });
      const check = run([...command, "config", "check", "--config", "app.conf"], {
        cwd: folder.path,
      });
      expect(check).toEqual({ status: 0, output: "the configuration is right\n" });
    },
    PACKING_LIMIT,
  );

  tried(
    "the executable serves: a user logs in, and the session is valid",
    async () => {
      const server = Bun.spawn([...command, "serve", "--sandbox", "--port", "0"], {
        cwd: folder.path,
        env: { PATH: "/usr/bin:/bin" },
        stdout: "ignore",
        stderr: "pipe",
      });
      killWithParent(server.pid, folder.path);
      let url = "";
      for await (const chunk of server.stderr) {
        url = /listens on (\S+),/.exec(new TextDecoder().decode(chunk))?.[1] ?? "";
        if (url !== "") break;
      }
      const call = async (interfaceName: string, para: object) => {
        const body = JSON.stringify({ interface: { interfaceName, para } });
        return (await fetch(url, { method: "POST", body })).json();
      };
      const phone = await fetch(`${url}/sandbox/login?user=alice`);
      const { code } = (await phone.json()) as { code: string };
      const login = await call("qcloud.cam.id_skey", { code });
      expect(login).toMatchObject({ returnCode: 0, returnMessage: "NEW_SESSION_SUCCESS" });
      const { id, skey } = (login as { returnData: { id: string; skey: string } }).returnData;
      expect(await call("qcloud.cam.auth", { id, skey })).toMatchObject({
        returnMessage: "AUTH_SUCCESS",
      });
      expect(await call("qcloud.cam.auth", { id, skey: "x" })).toMatchObject({ returnCode: 60012 });
      server.kill("SIGTERM");
      expect(await server.exited).toBe(0);
    },
    60_000,
  );
});
