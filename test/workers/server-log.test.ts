/** The lines of the log that a server keeps, of all its processes, as REST gives them out. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MOST_FOLLOWERS } from "../../src/http/rest/logs/followers.ts";
import { Api } from "../harness/api.ts";
import { EventStream } from "../harness/event-stream.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

type Line = Record<string, unknown>;

const LOGS = "/api/v1/server/logs";

/** Makes requests on connections of their own, which reach all workers, and returns their ids. */
async function ask(waferd: Waferd, count: number): Promise<string[]> {
  const answers = Array.from({ length: count }, () =>
    fetch(`${waferd.url}/nothing`, { headers: { Connection: "close" } }),
  );
  return (await Promise.all(answers)).map(({ headers }) => headers.get("x-request-id") ?? "");
}

const idsOf = (lines: readonly Line[], ids: readonly string[]): string[] =>
  lines.map(({ requestId }) => String(requestId)).filter((id) => ids.includes(id));

async function reload(waferd: Waferd): Promise<void> {
  waferd.signal("SIGHUP");
  await waferd.logged(({ msg }) => msg === "reloaded");
}

describe.each([1, 2])("with %p workers", (workers) => {
  let waferd: Waferd;
  let api: Api;

  beforeAll(async () => {
    waferd = await Waferd.start({ args: ["--sandbox", "--workers", String(workers)] });
    api = await Api.of(waferd);
  });
  afterAll(() => waferd[Symbol.asyncDispose]());

  const list = async (query: string): Promise<{ items: Line[]; next: string | null }> => {
    const { status, body } = await api.call("GET", `/server/logs?${query}`, {
      key: waferd.adminKey,
    });
    expect(status).toBe(200);
    return body;
  };

  const follow = (query = "", headers: Record<string, string> = {}) =>
    EventStream.open(`${waferd.url}${LOGS}?${query}`, waferd.adminKey, headers);

  test("GET /server/logs lists the lines of the log itself, latest first, page by page", async () => {
    const asked = await ask(waferd, 60);
    const all: Line[] = [];
    let cursor: string | null = null;
    do {
      const page = await list(`limit=40&path=/${cursor === null ? "" : `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(40);
      all.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    expect(idsOf(all, asked).sort()).toEqual([...asked].sort());
    const times = all.map(({ time }) => String(time));
    expect(times).toEqual([...times].sort().reverse());
    const shown = all.filter(({ requestId }) => asked.includes(String(requestId)));
    expect(new Set(shown.map(({ pid }) => pid)).size).toBe(workers);
    for (const line of shown)
      expect(await waferd.logged(({ requestId }) => requestId === line["requestId"])).toEqual(line);
  });

  test.each([
    { query: "level=warn", isIt: ({ level }: Line) => level === "warn" },
    { query: "code=404", isIt: ({ status }: Line) => status === 404 },
    {
      query: "path=/api/v1/server",
      isIt: ({ path }: Line) => String(path).startsWith("/api/v1/s"),
    },
    {
      query: "path=qcloud.cam.auth",
      isIt: (line: Line) => line["interface"] === "qcloud.cam.auth",
    },
    { query: "app=wx0000000000000de0", isIt: ({ appid }: Line) => appid === "wx0000000000000de0" },
    { query: "since=2020-01-01T00:00:00Z&level=debug", isIt: () => true },
  ])("GET /server/logs?$query lists these lines only", async ({ query, isIt }) => {
    await api.call("GET", "/apps/wx0000000000000de0", { key: waferd.adminKey });
    await ask(waferd, 1);
    await waferd.call("qcloud.cam.auth", { id: "i", skey: "an-skey" });
    const { items } = await list(`limit=200&${query}`);
    expect(items).not.toBeEmpty();
    expect(items.every(isIt)).toBe(true);
  });

  test.each([
    { query: "until=2020-01-01T00:00:00Z" },
    { query: "since=2999-01-01T00:00:00Z" },
    { query: "requestId=none" },
  ])("GET /server/logs?$query is empty", async ({ query }) => {
    expect(await list(query)).toEqual({ items: [], next: null });
  });

  test.each([
    { query: "level=loud", pointer: "/level" },
    { query: "since=yesterday", pointer: "/since" },
    { query: "tail=10001", pointer: "/tail" },
    { query: "limit=0", pointer: "/limit" },
    { query: "cursor=x", pointer: "/cursor" },
    { query: "grep=x", pointer: "/grep" },
  ])("GET /server/logs refuses $query", async ({ query, pointer }) => {
    const { status, body } = await api.call("GET", `/server/logs?${query}`, {
      key: waferd.adminKey,
    });
    expect([status, body.errors]).toEqual([400, [expect.objectContaining({ pointer })]]);
  });

  test("a follower gets the wanted last lines, and each new one of all processes once", async () => {
    const before = await ask(waferd, 5);
    using events = await follow("tail=5&code=404");
    expect(events.headers.get("content-type")).toBe("text/event-stream");
    await until(() => events.data.length === 5);
    expect(idsOf(events.data, before).sort()).toEqual([...before].sort());
    const asked = await ask(waferd, 100);
    await until(() => events.data.length >= 105);
    expect(idsOf(events.data, asked).sort()).toEqual([...asked].sort());
    expect(new Set(events.data.map(({ pid }) => pid)).size).toBe(workers);
  });

  test("a follower's own requests do not feed it", async () => {
    using events = await follow(`tail=0&path=${LOGS}`);
    await until(() => events.lastId !== "");
    using other = await follow("tail=0");
    await until(() => other.lastId !== "" && events.data.length > 0);
    const asked = await ask(waferd, 1);
    await until(() => idsOf(other.data, asked).length === 1);
    // The one line is the other follower's request.
    expect(events.data).toHaveLength(1);
  });

  test("a follower is refused without the admin key, with a wrong position, and when it is one too many", async () => {
    const url = `${waferd.url}${LOGS}`;
    using guest = await EventStream.open(url, "no-key");
    expect(guest.status).toBe(401);
    using wrong = await follow("", { "Last-Event-ID": "1" });
    expect(wrong.status).toBe(400);
    const streams: EventStream[] = [];
    for (let count = 0; count <= workers * MOST_FOLLOWERS; count += 1) streams.push(await follow());
    const refused = streams.filter(({ status }) => status !== 200);
    expect(refused).not.toBeEmpty();
    expect([refused[0]?.status, refused[0]?.headers.get("retry-after")]).toEqual([429, "5"]);
    for (const stream of streams) stream[Symbol.dispose]();
    await until(async () => {
      using again = await follow();
      return again.status === 200;
    });
  });

  test("a reload ends followers, keeps the lines of replaced workers, and lets followers go on", async () => {
    using events = await follow("tail=0");
    const before = await ask(waferd, 20);
    await until(() => idsOf(events.data, before).length === 20);
    await reload(waferd);
    expect(await events.ended).toBe("complete");
    const after = await ask(waferd, 20);
    using next = await follow("tail=0", { "Last-Event-ID": events.lastId });
    await until(() => idsOf(next.data, after).length === 20);
    expect(idsOf(next.data, before)).toEqual([]);
    // A worker's end comes with the last lines that it leaves, after its successor's first ones.
    const messages = () => [...events.data, ...next.data].map(({ msg, pid }) => `${msg} ${pid}`);
    const ends = () => messages().filter((text) => text.startsWith("stopped"));
    await until(() => ends().length === workers);
    expect(new Set(messages()).has("reloaded undefined")).toBe(true);
    const { items } = await list("limit=200&code=404");
    expect(idsOf(items, before)).toHaveLength(20);
  }, 40_000);

  test("the end of the server ends followers at once", async () => {
    const ending = await Waferd.start({ args: ["--workers", String(workers)] });
    using events = await EventStream.open(`${ending.url}${LOGS}`, ending.adminKey);
    await until(() => events.events.length > 0);
    await ending.stop();
    // A stream that had to be waited for would be cut with the other answers that take too long.
    expect(await events.ended).toBe("complete");
    await ending[Symbol.asyncDispose]();
  });
});

test("a worker that does not answer holds nobody up for long, and the log has the lines of the others", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  const { adminKey, url } = waferd;
  await reload(waferd);
  const [first = 0] = waferd.workers;
  await ask(waferd, 20);
  process.kill(first, "SIGSTOP");
  try {
    const read = async (): Promise<Line[]> => {
      const answer = await fetch(`${url}${LOGS}?limit=200`, {
        headers: { Authorization: `Bearer ${adminKey}`, Connection: "close" },
        signal: AbortSignal.timeout(3000),
      });
      return ((await answer.json()) as { items: Line[] }).items;
    };
    // The kernel sends about half of them to the worker that hangs, which is killed soon.
    const items = await Promise.any(Array.from({ length: 16 }, read));
    // The supervisor's line is there: it did not wait for the worker until the other one gave up.
    expect(items.some(({ msg }) => msg === "reloaded")).toBe(true);
    expect(items.some(({ pid, path }) => pid !== first && path === "/*")).toBe(true);
    expect(items.every(({ pid }) => pid !== first)).toBe(true);
  } finally {
    process.kill(first, "SIGCONT");
  }
}, 40_000);
