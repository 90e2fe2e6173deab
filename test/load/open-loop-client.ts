/**
 * Sends each request of a file once, at a fixed rate over a fixed number of connections, and prints
 * the figures as JSON (`OpenLoad`). A request waits when all connections are busy; its time runs
 * meanwhile. Arguments: URL, requests a second, file, status, and a text of every correct answer.
 */
import { readRequests } from "./http-request.ts";
import type { OpenLoad } from "./open-loop.ts";

const CONNECTIONS = 64;
/** How long the last answers may take, in milliseconds. */
const PATIENCE = 10_000;

const [, , url = "", rateText = "", file = "", status = "", expected = ""] = process.argv;
const { hostname, port } = new URL(url);
const rate = Number(rateText);
const requests = readRequests(file);
const times = new Float64Array(requests.length);
const startOfAnswer = `HTTP/1.1 ${status} `;

/** The answer that a connection waits for. */
interface Waiting {
  /** Number of the request; -1 when the connection is idle. */
  request: number;
  received: string;
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
  const bytes = requests[next] as Buffer;
  connection.data = { request: next, received: "" };
  next += 1;
  if (connection.write(bytes) !== bytes.length) fail("a request was not sent at once");
}

/** Tells whether an answer is complete. */
function isComplete(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end + 2))?.[1];
  return answer.length >= end + 4 + Number(length ?? 0);
}

function onData(connection: Connection, chunk: Buffer): void {
  const { data } = connection;
  data.received += chunk.toString("latin1");
  if (!isComplete(data.received)) return;
  if (!data.received.startsWith(startOfAnswer) || !data.received.includes(expected))
    fail(`the request failed: ${data.received}`);
  const now = performance.now();
  times[data.request] = now - intendedAt(data.request);
  answered += 1;
  if (answered === requests.length) finish();
  if (next < requests.length && intendedAt(next) <= now) send(connection);
  else idle.push(connection);
}

/** Sends all requests whose time has come, as far as connections are idle. */
function tick(): void {
  const now = performance.now();
  while (next < requests.length && intendedAt(next) <= now) {
    const connection = idle.pop();
    if (connection === undefined) break;
    send(connection);
  }
  if (now > intendedAt(requests.length) + PATIENCE) fail(`${answered} of ${next} were answered`);
}

function finish(): void {
  times.sort();
  const percentile = (part: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  const figures: OpenLoad = {
    ...{ rate, requests: requests.length },
    ...{ p50: percentile(0.5), p99: percentile(0.99), p999: percentile(0.999) },
    slowest: percentile(1),
  };
  console.log(JSON.stringify(figures));
  process.exit(0);
}

for (let count = 0; count < CONNECTIONS; count += 1)
  idle.push(
    await Bun.connect<Waiting>({
      ...{ hostname, port: Number(port) },
      data: { request: -1, received: "" },
      socket: {
        data: onData,
        close: () => fail("the server closed a connection"),
        error: (_, error) => fail(error.message),
      },
    }),
  );
startedAt = performance.now();
setInterval(tick, 1);
