/** A disk whose writes fail. Needs strace, and the right to trace. */
import { expect, test } from "bun:test";
import { Api } from "../harness/api.ts";
import { APP, OTHER_APP, startProduction } from "../harness/production.ts";
import { until } from "../harness/until.ts";

/** Makes every write of a process to files fail, until the process ends. */
async function failWritesOf(pid: number): Promise<AsyncDisposable> {
  const calls = "pwrite64,pwritev,fdatasync,msync";
  const strace = Bun.spawn(
    [
      ...["strace", "-f", "-p", String(pid), "-e", `trace=${calls}`, "-e", "signal=none"],
      ...["-e", `inject=${calls}:error=EIO`],
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  let output = "";
  const reading = (async () => {
    for await (const chunk of strace.stderr) output += new TextDecoder().decode(chunk);
  })();
  await until(() => /attached/.test(output));
  return {
    async [Symbol.asyncDispose]() {
      strace.kill("SIGTERM");
      await strace.exited;
      await reading;
    },
  };
}

test("while the disk fails no answer says that nothing is there, and another worker replaces it", async () => {
  await using production = await startProduction();
  const { waferd } = production;
  const api = await Api.of(waferd);
  const session = (await production.login(production.user("alice"))).returnData;
  const worker = waferd.worker;
  const codes = new Set<number>();
  const lists = new Set<string>();
  const look = async (): Promise<void> => {
    const answers = await Promise.all([
      waferd.call("qcloud.cam.auth", { id: session.id, skey: session.skey }).catch(() => null),
      // Without an appid the default app is looked for in a range.
      waferd.call("qcloud.cam.id_skey", { code: "no-such-code" }).catch(() => null),
    ]);
    for (const answer of answers) if (answer !== null) codes.add(answer.returnCode);
    const list = await api.call("GET", "/apps", { key: waferd.adminKey }).catch(() => null);
    if (list?.status === 200)
      lists.add(list.body.items.map((app: { appid: string }) => app.appid).join());
  };
  {
    await using _ = await failWritesOf(worker);
    const { returnCode } = await production
      .login(production.user("bob"))
      .catch(() => ({ returnCode: 1006 }));
    expect(returnCode).toBe(1006);
    const end = performance.now() + 4000;
    while (performance.now() < end && waferd.workers.includes(worker)) await look();
  }
  await look();
  // 1001 and 1006 say that the store fails; 40029 that the app was found and the code is wrong.
  for (const code of codes) expect([0, 1001, 1006, 40029]).toContain(code);
  expect([...lists]).toEqual([[APP.appid, OTHER_APP.appid].join()]);
  await until(
    async () => (await fetch(`${waferd.url}/readyz`).catch(() => null))?.status === 200,
    20_000,
  );
  expect(
    await waferd.call("qcloud.cam.auth", { id: session.id, skey: session.skey }),
  ).toMatchObject({
    returnCode: 0,
  });
  expect((await production.login(production.user("carol"))).returnCode).toBe(0);
}, 60_000);
