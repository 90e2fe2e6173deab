/** `waferd reload` and the process that it sends its signal to. */
import { expect, test } from "bun:test";
import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { executableOfStranger, IS_ROOT, STRANGER } from "../../harness/as-user.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { EXECUTABLE } from "../../harness/waferd.ts";

const SLEEP = Bun.which("sleep") ?? "";

/** A data folder whose server says that it is a process, and has reloaded once `isOver`. */
function serverSaying(pid: number, isOver: () => boolean) {
  const folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const run = join(dataDir, "run");
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const socket = join(run, "0123abcd.sock");
  const server = Bun.serve({
    unix: socket,
    fetch: ({ url }) =>
      Response.json(
        url.endsWith("/last-reload")
          ? { endedAt: isOver() ? "2026-01-01T00:00:00.000Z" : null, failure: null }
          : { workers: { supervisor: pid } },
      ),
  });
  chmodSync(socket, 0o600);
  return {
    folder: folder.path,
    async reload(command: readonly string[] = [EXECUTABLE]) {
      const ran = Bun.spawn([...command, "reload", "--data-dir", dataDir], {
        env: { PATH: "/usr/bin:/bin" },
        stderr: "pipe",
      });
      return { stderr: await new Response(ran.stderr).text(), status: await ran.exited };
    },
    giveTo(user: number) {
      for (const path of [dataDir, run, socket]) chownSync(path, user, user);
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      folder[Symbol.dispose]();
    },
  };
}

test.each([
  { program: "waferd", name: "waferd", isReplaced: false, told: null },
  { program: "waferd whose file was replaced", name: "waferd", isReplaced: true, told: null },
  { program: "another", name: "another", isReplaced: false, told: "that is another here" },
] as const)(
  "reload sends SIGHUP to a process of waferd only, told one of $program",
  async ({ name, isReplaced, told }) => {
    using programs = tempFolder();
    const path = join(programs.path, name);
    copyFileSync(SLEEP, path);
    const process = Bun.spawn([path, "60"]);
    await using server = serverSaying(process.pid, () => process.signalCode === "SIGHUP");
    if (isReplaced) rmSync(path);
    try {
      const { status, stderr } = await server.reload();
      expect({ status, signal: process.signalCode }).toEqual(
        told === null ? { status: 0, signal: "SIGHUP" } : { status: 1, signal: null },
      );
      expect(stderr).toContain(told ?? "reloaded");
    } finally {
      process.kill("SIGKILL");
    }
  },
);

test("reload, told a process that does not exist, says where to send SIGHUP", async () => {
  const process = Bun.spawn([SLEEP, "0"]);
  await process.exited;
  await using server = serverSaying(process.pid, () => false);
  expect(await server.reload()).toEqual({
    status: 1,
    stderr: `waferd: the server says that it is process ${process.pid}, but there is none here: it may run in a container. Send SIGHUP where the server runs\n`,
  });
});

test.skipIf(!IS_ROOT)("reload, told a process of another user, says so", async () => {
  await using server = serverSaying(process.pid, () => false);
  server.giveTo(STRANGER);
  const { status, stderr } = await server.reload(executableOfStranger(server.folder));
  expect(status).toBe(1);
  expect(stderr).toContain("this user may not send a signal to it");
});
