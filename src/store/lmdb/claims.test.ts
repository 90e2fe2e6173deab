import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { openLmdbStore } from "./driver.ts";

const open = (dataDir: string) => openLmdbStore({ dataDir, masterKey: null, sandbox: false });

const RACES = 300;
const PROCESSES = 3;

/** Claims the same names as the other processes at the same time; prints the outcomes. */
const RACER = `
import { openLmdbStore } from "${join(import.meta.dir, "driver.ts")}";
const store = await openLmdbStore({ dataDir: process.argv[2], masterKey: null, sandbox: false });
console.log("ready");
for await (const _line of console) break;
const startAt = Date.now();
const outcomes = [];
for (let race = 0; race < ${RACES}; race += 1) {
  while (Date.now() - startAt < race) await Promise.resolve();
  const name = "code-" + race;
  const now = Date.now();
  const claim = () => store.claims.claim(name, now, now + 60_000);
  let known = await claim();
  if (known.state === "claimed") {
    if (race % 2 === 0) await Bun.sleep(1);
    await store.claims.finish(name, () => "of " + process.pid, now, now + 60_000);
    outcomes.push("mine " + process.pid);
    continue;
  }
  while (known.state === "running") {
    await Bun.sleep(1);
    known = await claim();
  }
  outcomes.push(known.state === "done" ? known.answer : "free");
  if (known.state === "claimed") await store.claims.abandon(name);
}
console.log(JSON.stringify(outcomes));
await store.close();
`;

test("claim() by several processes gives a name to one, and its answer to those that waited", async () => {
  using folder = tempFolder();
  await (await open(folder.path)).close();
  const script = join(folder.path, "racer.ts");
  writeFileSync(script, RACER);
  const racers = Array.from({ length: PROCESSES }, () =>
    Bun.spawn([process.execPath, script, folder.path], {
      stdio: ["pipe", "pipe", "inherit"],
      timeout: 30_000,
    }),
  );
  const lines = racers.map((racer) => {
    const reader = racer.stdout.pipeThrough(new TextDecoderStream()).getReader();
    return async () => {
      let text = "";
      while (!text.endsWith("\n")) text += (await reader.read()).value ?? "\n";
      return text.trim();
    };
  });
  for (const line of lines) expect(await line()).toBe("ready");
  for (const racer of racers) {
    racer.stdin.write("go\n");
    await racer.stdin.flush();
  }
  const outcomes = await Promise.all(
    lines.map(async (line) => JSON.parse(await line()) as string[]),
  );
  let awaited = 0;
  for (let race = 0; race < RACES; race += 1) {
    const ofRace = outcomes.map((of) => of[race] ?? "nothing");
    const owners = ofRace.flatMap((outcome) => outcome.match(/^mine (\d+)$/)?.[1] ?? []);
    const answers = ofRace.filter((outcome) => outcome.startsWith("of "));
    // One that came after an end without a waiter may claim the name again.
    for (const answer of answers) expect(owners).toContain(answer.slice("of ".length));
    expect(owners.length + answers.length + ofRace.filter((one) => one === "free").length).toBe(
      PROCESSES,
    );
    awaited += answers.length;
  }
  // On a busy machine most races are over before the others begin.
  expect(awaited).toBePositive();
}, 60_000);

test("claim() of a name whose process died succeeds when its time is over", async () => {
  using folder = tempFolder();
  const store = await open(folder.path);
  const died = await open(folder.path);
  expect(await died.claims.claim("code", 0, 9000)).toEqual({ state: "claimed" });
  await died.close();
  expect(await store.claims.claim("code", 8999, 17_000)).toEqual({ state: "running" });
  expect(await store.claims.claim("code", 9000, 17_000)).toEqual({ state: "claimed" });
  await store.close();
});

test("claim() makes a new file of cells in place of one that is cut off", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "cells.mem");
  const store = await open(folder.path);
  await store.claims.claim("code", 0, 9000);
  await store.close();
  const { length } = readFileSync(path);
  writeFileSync(path, new Uint8Array(100));
  const later = await open(folder.path);
  expect(await later.claims.claim("code", 0, 9000)).toEqual({ state: "claimed" });
  expect(readFileSync(path)).toHaveLength(length);
  await later.close();
});
