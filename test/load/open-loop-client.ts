/**
 * Sends each request of a file once, at a fixed rate over a fixed number of connections, and prints
 * the figures as JSON (`OpenLoad`). A request waits when all connections are busy; its time runs
 * meanwhile. The first tenth is not counted: this process is compiled while it runs. Arguments:
 * URL, requests a second, file, status, and a text of every correct answer.
 *
 * It makes nearly no objects, because its pauses would be measured as the server's.
 */
import { readRequests } from "./http-request.ts";
import type { OpenLoad } from "./open-loop.ts";

const CONNECTIONS = 64;
/** How long the last answers may take, in milliseconds. */
const PATIENCE = 10_000;
/** The part of the requests, at the beginning, that is not counted. */
const WARMING = 0.1;

const [, , url = "", rateText = "", file = "", status = "", expected = ""] = process.argv;
const { hostname, port } = new URL(url);
const rate = Number(rateText);
const { bytes, places } = readRequests(file);
const count = places.length - 1;
const times = new Float64Array(count);
const startOfAnswer = Buffer.from(`HTTP/1.1 ${status} `);
const endOfHead = Buffer.from("\r\n\r\n");
const lengthOfBody = Buffer.from("\r\nContent-Length: ");
const expectedBytes = Buffer.from(expected);

/** The answer that a connection waits for. */
interface Waiting {
  /** Number of the request; -1 when the connection is idle. */
  request: number;
  /** The parts that have come of an answer that is not complete. */
  received: Buffer | null;
}

type Connection = Bun.Socket<Waiting>;

const idle: Connection[] = [];
let next = 0;
let answered = 0;
let startedAt = 0;

const fail = (problem: string): never => {
  console.error(problem);
  process.exit(1);
};

/** Returns when a request has to be sent, in milliseconds. */
const intendedAt = (request: number): number => startedAt + (request / rate) * 1000;

function send(connection: Connection): void {
  const [from = 0, to = 0] = [places[next], places[next + 1]];
  connection.data.request = next;
  next += 1;
  if (connection.write(bytes, from, to - from) !== to - from)
    fail("a request was not sent at once");
}

/** Tells whether an answer is complete. */
function isComplete(answer: Buffer): boolean {
  const end = answer.indexOf(endOfHead);
  if (end < 0) return false;
  const at = answer.indexOf(lengthOfBody);
  let length = 0;
  if (at >= 0 && at < end)
    for (let place = at + lengthOfBody.length; answer[place] !== 13; place += 1)
      length = length * 10 + (answer[place] as number) - 48;
  return answer.length >= end + 4 + length;
}

const isRight = (answer: Buffer): boolean =>
  answer.indexOf(startOfAnswer) === 0 && (expected === "" || answer.includes(expectedBytes));

function onData(connection: Connection, chunk: Buffer): void {
  const { data } = connection;
  const answer = data.received === null ? chunk : Buffer.concat([data.received, chunk]);
  if (!isComplete(answer)) {
    data.received = answer;
    return;
  }
  data.received = null;
  if (!isRight(answer)) fail(`the request failed: ${answer.toString("latin1")}`);
  const now = performance.now();
  times[data.request] = now - intendedAt(data.request);
  answered += 1;
  if (answered === count) finish();
  if (next < count && intendedAt(next) <= now) send(connection);
  else idle.push(connection);
}

/** Sends all requests whose time has come, as far as connections are idle. */
function tick(): void {
  const now = performance.now();
  while (next < count && intendedAt(next) <= now) {
    const connection = idle.pop();
    if (connection === undefined) break;
    send(connection);
  }
  if (now > intendedAt(count) + PATIENCE) fail(`${answered} of ${next} were answered`);
}

function finish(): void {
  const counted = times.subarray(Math.floor(count * WARMING)).sort();
  const percentile = (part: number): number =>
    counted[Math.min(counted.length - 1, Math.floor(counted.length * part))] ?? 0;
  const figures: OpenLoad = {
    ...{ rate, requests: counted.length },
    ...{ p50: percentile(0.5), p99: percentile(0.99), p999: percentile(0.999) },
    slowest: percentile(1),
  };
  console.log(JSON.stringify(figures));
  process.exit(0);
}

while (idle.length < CONNECTIONS)
  idle.push(
    await Bun.connect<Waiting>({
      ...{ hostname, port: Number(port) },
      data: { request: -1, received: null },
      socket: {
        data: onData,
        close: () => fail("the server closed a connection"),
        error: (_, error) => fail(error.message),
      },
    }),
  );
startedAt = performance.now();
setInterval(tick, 1);
