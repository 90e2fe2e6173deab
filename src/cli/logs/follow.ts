import type { Clock, Milliseconds } from "../../core/ports.ts";
import { Api } from "../api/api.ts";
import type { ApiConnection } from "../api/connection.ts";
import type { ServerEvent } from "../api/server-events.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import type { Io } from "../io.ts";

/** How long a server may be away, as for a restart, before following ends. */
const LONGEST_ABSENCE: Milliseconds = 60_000;
const PAUSE: Milliseconds = 1000;

export interface FollowOptions {
  io: Io;
  clock: Clock;
  /** Connects to the server; null when none runs. */
  connect(): Promise<ApiConnection | null>;
  path: string;
  onEvent(event: ServerEvent): void;
  until: AbortSignal;
}

/**
 * Follows server-sent events until the signal. When the server goes away it waits for it, and goes
 * on where the connection ended.
 *
 * @throws CommandFailure when the server does not come back, or refuses
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { io, clock, until } = options;
  let lastId: string | null = null;
  let goneSince: Milliseconds | null = null;
  let isFirst = true;
  while (!until.aborted) {
    let reason = "the server ended the connection";
    try {
      for await (const event of eventsOf(options, lastId)) {
        if (goneSince !== null) io.print("waferd: connected again\n");
        isFirst = false;
        goneSince = null;
        lastId = event.lastId;
        options.onEvent(event);
      }
    } catch (error) {
      if (until.aborted) return;
      if (!(error instanceof CommandFailure) || isFirst) throw error;
      // A full server, or one that is starting, may take another client later.
      if (error.status !== EXIT.away && error.problem?.code !== "tooOften") throw error;
      reason = error.message;
    }
    if (until.aborted) return;
    if (goneSince === null) io.print(`waferd: ${reason}; connecting again\n`);
    goneSince ??= clock.now();
    if (clock.now() - goneSince > LONGEST_ABSENCE)
      throw new CommandFailure(
        EXIT.away,
        `the server did not come back within ${LONGEST_ABSENCE / 1000} seconds: ${reason}`,
      );
    await Promise.race([clock.sleep(PAUSE), abortOf(until)]);
  }
}

async function* eventsOf(
  { connect, path, until }: FollowOptions,
  lastId: string | null,
): AsyncGenerator<ServerEvent> {
  const connection = await connect();
  if (connection === null) throw new CommandFailure(EXIT.away, "no server runs");
  try {
    yield* new Api(connection).events(path, lastId, until);
  } finally {
    await connection.close();
  }
}

const abortOf = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => signal.addEventListener("abort", () => done(), { once: true }));
