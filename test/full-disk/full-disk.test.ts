/** A file system without room, which only root can mount. */
import { expect, test } from "bun:test";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";

const isStarted = (log: string): boolean => log.includes('"msg":"started"');

/** Starts a server on a new file system of this size until it serves or ends. */
async function startOn(size: string) {
  using folder = tempFolder();
  const script = `mount -t tmpfs -o size=${size} waferd-test "$1" && exec "$2" serve --port 0 --data-dir "$1/data"`;
  const server = Bun.spawn(
    ["unshare", "--mount", "sh", "-c", script, "sh", folder.path, EXECUTABLE],
    { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, stdout: "pipe", stderr: "pipe" },
  );
  const stderr = new Response(server.stderr).text();
  let output = "";
  for await (const chunk of server.stdout) {
    const wasStarted = isStarted(output);
    output += new TextDecoder().decode(chunk);
    // A second signal would end it at once.
    if (isStarted(output) && !wasStarted) server.kill("SIGTERM");
  }
  return {
    isServed: isStarted(output),
    stderr: await stderr,
    status: await server.exited,
    signal: server.signalCode,
  };
}

test.each(["4k", "16k", "40k", "100k", "500k"])(
  "a first start on a disk with %s of room ends with what to do",
  async (size) => {
    const { isServed, stderr, status, signal } = await startOn(size);
    expect([isServed, status, signal]).toEqual([false, 1, null]);
    expect(stderr).toMatch(/^waferd: .*(cannot be written|cannot (create|write|open)|no space)/im);
    expect(stderr).not.toMatch(/^\s+at /m);
  },
  30_000,
);

test("a first start on a disk with 3 MiB of room serves", async () => {
  expect(await startOn("3m")).toMatchObject({ isServed: true, status: 0 });
}, 30_000);

test("a start on a disk that is full before the lock of the folder is written ends with what to do", async () => {
  using folder = tempFolder();
  const script = `mount -t tmpfs -o size=3m waferd-test "$1" && mkdir -m 700 "$1/data" "$1/data/run" && : > "$1/data/run/server.lock" && { cat /dev/zero > "$1/fill"; exec "$2" serve --port 0 --data-dir "$1/data"; }`;
  const { exitCode, stderr } = Bun.spawnSync(
    ["unshare", "--mount", "sh", "-c", script, "sh", folder.path, EXECUTABLE],
    { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
  );
  expect(stderr.toString()).toMatch(/^waferd: a new store needs 1 MiB in /m);
  expect(stderr.toString()).not.toMatch(/^\s+at /m);
  expect(exitCode).toBe(1);
}, 30_000);
