import { expect, test } from "bun:test";
import { chmodSync, chownSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { IS_ROOT, STRANGER } from "../../test/harness/as-user.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { canHaveSockets, isDead, makeRunFolder, placeSocket, socketsOf } from "./sockets.ts";

const listening = async (path: string): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  return server;
};

/** Leaves a socket without a listener, as a killed process does. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await Bun.spawn([process.execPath, "-e", script]).exited;
}

test("placeSocket() shows a private socket when it is published, until it is withdrawn", async () => {
  using folder = tempFolder();
  const place = await placeSocket(folder.path);
  const server = await listening(place.draft);
  expect(socketsOf(folder.path)).toEqual([]);
  place.publish();
  const [path = ""] = socketsOf(folder.path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder.path, "run")).mode & 0o777).toBe(0o700);
  expect(await isDead(path)).toBe(false);
  place.withdraw();
  expect(socketsOf(folder.path)).toEqual([]);
  server.close();
});

test("placeSocket() removes the sockets of killed processes, and no other", async () => {
  using folder = tempFolder();
  const run = makeRunFolder(folder.path);
  const server = await listening(join(run, "0123abcd.sock"));
  await leaveSocket(join(run, "dead0000.sock"));
  writeFileSync(join(run, "server.lock"), "1\n");
  expect(socketsOf(folder.path)).toHaveLength(2);
  await placeSocket(folder.path);
  expect(readdirSync(run).sort()).toEqual(["0123abcd.sock", "server.lock"]);
  server.close();
});

test("socketsOf() refuses what is not a socket, and a folder that others may enter", () => {
  using folder = tempFolder();
  const run = makeRunFolder(folder.path);
  writeFileSync(join(run, "0123abcd.sock"), "");
  expect(() => socketsOf(folder.path)).toThrow("is not a socket of the folder's owner");
  chmodSync(run, 0o711);
  expect(() => socketsOf(folder.path)).toThrow("others may enter");
});

test.skipIf(!IS_ROOT)("socketsOf() refuses a socket of another user", async () => {
  using folder = tempFolder();
  const path = join(makeRunFolder(folder.path), "0123abcd.sock");
  const server = await listening(path);
  chownSync(path, STRANGER, STRANGER);
  expect(() => socketsOf(folder.path)).toThrow("is not a socket of the folder's owner (uid 0)");
  server.close();
});

test("canHaveSockets() is false where the path does not fit into an address", () => {
  expect(canHaveSockets("/var/lib/waferd")).toBe(true);
  expect(canHaveSockets(`/${"d".repeat(81)}`)).toBe(true);
  expect(canHaveSockets(`/${"d".repeat(82)}`)).toBe(false);
});
