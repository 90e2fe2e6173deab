/** Commands and a listener, or a socket, that is not the server's: nothing is sent to it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { executableOfStranger, IS_ROOT, STRANGER } from "../../harness/as-user.ts";
import { runCommand } from "../../harness/command.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { until } from "../../harness/until.ts";
import { Waferd } from "../../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const KEY_REQUIRED = JSON.stringify({ title: "A key is required", code: "keyRequired" });

const answer = (status: string, body: string, headers = ""): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const UNAUTHORIZED = answer("401 Unauthorized", KEY_REQUIRED);

/** Answers one connection of a command; `real` is the address of the server that it plays. */
type Play = (socket: Socket, request: string, real: URL) => void;

const isProof = (request: string): boolean => request.includes("/key-proof");
const nonceIn = (request: string): string => /nonce=([0-9a-f]+)/.exec(request)?.[1] ?? "";

/** Plays a waferd that asks for a key, and something else when it is asked for a proof. */
const withProof =
  (prove: Play): Play =>
  (socket, request, real) =>
    isProof(request) ? prove(socket, request, real) : socket.write(UNAUTHORIZED);

const proofFrom = async (real: URL, nonce: string): Promise<string> =>
  (await fetch(`${real.origin}/api/v1/server/key-proof?nonce=${nonce}`)).text();

const IMPOSTORS: { name: string; play: Play; status?: number }[] = [
  { name: "asks for the key whatever comes", play: (socket) => socket.write(UNAUTHORIZED) },
  {
    name: "sends a made-up proof",
    play: withProof((socket) => {
      socket.write(answer("200 OK", JSON.stringify({ proof: "0".repeat(64) })));
    }),
  },
  {
    name: "sends something else than a proof",
    play: withProof((socket) => socket.write(answer("200 OK", "null"))),
  },
  {
    name: "sends a proof of another nonce",
    play: withProof((socket, _request, real) => {
      void proofFrom(real, "0".repeat(64)).then((proof) => socket.write(answer("200 OK", proof)));
    }),
  },
  {
    name: "asks the server for the proof of the nonce",
    play: withProof((socket, request, real) => {
      void proofFrom(real, nonceIn(request)).then((proof) => socket.write(answer("200 OK", proof)));
    }),
  },
  {
    name: "sends every request for a proof on to the server",
    play: withProof((socket, request, real) => {
      const forwarded = connect(Number(real.port), real.hostname, () => forwarded.write(request));
      forwarded.on("data", (bytes) => socket.write(bytes));
      socket.on("close", () => forwarded.destroy());
      forwarded.on("error", () => undefined);
    }),
  },
  {
    name: "redirects to where it would get the key",
    play: withProof((socket) => {
      socket.write(answer("302 Found", "", "Location: http://127.0.0.1:1/api/v1/apps\r\n"));
    }),
  },
  {
    name: "redirects at once",
    play: (socket) => {
      socket.write(answer("302 Found", "", "Location: http://127.0.0.1:1/api/v1/apps\r\n"));
    },
    status: 7,
  },
  { name: "closes instead of a proof", play: withProof((socket) => socket.end()), status: 7 },
  {
    name: "never ends its proof",
    play: withProof((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`)),
    status: 7,
  },
];

test.skipIf(!IS_ROOT)(
  "a listener of another user on the port of --url never gets the key",
  async () => {
    await using waferd = await Waferd.start();
    const real = new URL(waferd.url);
    const key = waferd.adminKey;
    for (const { name, play, status = 4 } of IMPOSTORS) {
      let received = "";
      const sockets = new Set<Socket>();
      const server: Server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("data", (bytes) => {
          received += bytes.toString("latin1");
          play(socket, bytes.toString("latin1"), real);
        });
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      const ran = await runCommand(["app", "list", "--url", `http://127.0.0.1:${port}`], {
        environment: { WAFERD_ADMIN_KEY: key },
      });
      expect(ran.status, `${name}: ${ran.stderr}`).toBe(status);
      expect(received, name).toContain("GET /api/v1/stats");
      expect(received.toLowerCase(), name).not.toContain("authorization");
      expect(received, name).not.toContain(key);
      for (const socket of sockets) socket.destroy();
      server.close();
    }
    const honest = await runCommand(["app", "list", "--url", waferd.url], {
      environment: { WAFERD_ADMIN_KEY: key },
    });
    expect(honest.status).toBe(0);
  },
);

test("a plain http address of another machine is refused before anything is sent", async () => {
  for (const url of ["http://10.255.255.1:8888", "http://[2001:db8::1]:8888"]) {
    const { status, stderr } = await runCommand(["app", "list", "--url", url], {
      environment: { WAFERD_ADMIN_KEY: "a-key-that-must-not-be-sent" },
    });
    expect(status).toBe(4);
    expect(stderr).toContain(`${url} is another machine without TLS`);
  }
});

test("the proof is for a client on this machine only, and needs a nonce", async () => {
  await using waferd = await Waferd.start();
  const ask = (query: string) => fetch(`${waferd.url}/api/v1/server/key-proof${query}`);
  const [one, other] = await Promise.all(
    ["ab", "cd"].map(async (digit) => (await ask(`?nonce=${digit.repeat(32)}`)).json()),
  );
  expect(one).toEqual({ proof: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(other).not.toEqual(one);
  for (const query of ["", "?nonce=ab", `?nonce=${"AB".repeat(32)}`, `?nonce=${"ab".repeat(64)}`])
    expect((await ask(query)).status).toBe(400);
});

test.skipIf(!IS_ROOT)(
  "a socket that another user could have made is refused, and gets nothing",
  async () => {
    using folder = tempFolder();
    const dataDir = join(folder.path, "data");
    const run = join(dataDir, "run");
    mkdirSync(run, { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
    let connections = 0;
    const server = createServer(() => {
      connections += 1;
    });
    const path = join(run, "0123abcd.sock");
    await new Promise<void>((done) => server.listen(path, done));
    const list = (command: readonly string[] = []) => {
      const args = ["app", "list", "--data-dir", dataDir];
      if (command.length === 0) return runCommand(args);
      const ran = Bun.spawnSync([...command, ...args], { env: { PATH: "/usr/bin:/bin" } });
      return { status: ran.exitCode, stdout: "", stderr: ran.stderr.toString() };
    };
    for (const { prepare, told } of [
      {
        prepare: () => chownSync(path, STRANGER, STRANGER),
        told: "is not a socket of the folder's",
      },
      { prepare: () => chmodSync(run, 0o711), told: "others may enter" },
      { prepare: () => chownSync(run, STRANGER, STRANGER), told: `belongs to uid ${STRANGER}` },
      { prepare: () => chmodSync(dataDir, 0o733), told: "others may write to" },
    ]) {
      prepare();
      expect(await list()).toMatchObject({ status: 1, stderr: expect.stringContaining(told) });
    }
    // A user who is led to the folder of another one.
    chmodSync(dataDir, 0o755);
    for (const one of [run, path]) chownSync(one, 0, 0);
    chmodSync(run, 0o755);
    chmodSync(path, 0o666);
    expect(await list(executableOfStranger(folder.path))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("belongs to uid 0, and this process runs as uid"),
    });
    expect(connections).toBe(0);
    server.close();
  },
);

test("commands use the socket without a key, and are `local` in the audit; the socket has the REST API only", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const { dataDir } = waferd;
  rmSync(join(dataDir, "admin.key"));
  const added = await runCommand(
    ["app", "add", "wx1", "--force", "--secret-stdin", "--data-dir", dataDir],
    {
      input: "the-secret-of-wx1",
      environment: { WAFERD_ADMIN_KEY: "another-key-than-the-servers" },
    },
  );
  expect(added).toMatchObject({ status: 0 });
  const [name = ""] = readdirSync(join(dataDir, "run")).filter((one) => one.endsWith(".sock"));
  const unix = join(dataDir, "run", name);
  const at = (path: string, init: RequestInit = {}) =>
    fetch(`http://localhost${path}`, { ...init, unix });
  const audit = (await (await at("/api/v1/audit")).json()) as { items: object[] };
  expect(audit.items).toContainEqual(
    expect.objectContaining({ action: "app.created", target: "wx1", by: "local" }),
  );
  const wrong = { Authorization: "Bearer a-wrong-key-of-somebody" };
  expect((await at("/api/v1/apps", { headers: wrong })).status).toBe(401);
  for (const path of ["/", "/healthz", "/metrics", "/docs", "/sandbox/login?user=a", "/mina/login"])
    expect((await at(path)).status, path).toBe(404);
  // The network stays what it was.
  expect((await fetch(`${waferd.url}/api/v1/apps`)).status).toBe(401);
});

test("commands reach a healthy process of the server throughout reloads, past one that hangs", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  const list = () => runCommand(["app", "list", "--data-dir", waferd.dataDir, "--json"]);
  const isReloaded = () => waferd.log.some(({ msg }) => msg === "reloaded");
  waferd.signal("SIGHUP");
  const ran = [];
  const deadline = performance.now() + 20_000;
  do ran.push(await list());
  while (!isReloaded() && performance.now() < deadline);
  ran.push(await list());
  for (const { status, stdout } of ran) {
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ items: [] });
  }
  expect(isReloaded()).toBe(true);
  const asked = () =>
    waferd.log.filter(({ by, path }) => by === "local" && path === "/api/v1/apps").length;
  await until(() => asked() === ran.length);

  const [hung = 0] = waferd.workers;
  process.kill(hung, "SIGSTOP");
  const during = [await list(), await list()];
  try {
    process.kill(hung, "SIGCONT");
  } catch {
    // The supervisor may have replaced it.
  }
  for (const { status } of during) expect(status).toBe(0);
});
