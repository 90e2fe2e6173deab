import { libc, ptr } from "./libc.ts";

// From the headers of Linux.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const CLOCK_MONOTONIC = 1;
/** The longest path in struct sockaddr_un. */
const LONGEST_PATH = 107;

/**
 * Sends states to the service manager, as sd_notify(3) does: `READY=1`, `STOPPING=1`,
 * `RELOADING=1`. Does nothing when no manager listens.
 *
 * @param socket the variable NOTIFY_SOCKET: a path, or an abstract name after `@`
 */
export function notifyManager(socket: string | undefined, ...states: readonly string[]): void {
  const c = libc();
  if (c === null || socket === undefined || !/^[/@]./.test(socket)) return;
  const path = Buffer.from(socket.replace(/^@/, "\0"));
  if (path.length > LONGEST_PATH) return;
  // struct sockaddr_un { u16 family; char path[] }
  const address = Buffer.concat([
    new Uint8Array(new Uint16Array([AF_UNIX]).buffer),
    path,
    Buffer.alloc(1),
  ]);
  // A path includes its terminating zero, an abstract name does not.
  const length = socket.startsWith("@") ? address.length - 1 : address.length;
  const text = Buffer.from(states.join("\n"));
  const fd = c.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  c.sendto(fd, ptr(text), text.length, 0, ptr(address), length);
  c.close(fd);
}

/** The variables that a service manager sets for its services. */
export interface ManagerVariables {
  NOTIFY_SOCKET?: string | undefined;
  /** Microseconds without a sign of life after which the service is killed. */
  WATCHDOG_USEC?: string | undefined;
  /** The process that has to give the sign; any one when it is not set. */
  WATCHDOG_PID?: string | undefined;
}

/**
 * Gives the service manager the signs of life that it asks for, as sd_watchdog_enabled(3) advises:
 * twice in the time that it allows.
 *
 * @returns a function that ends them
 */
export function startWatchdog(variables: ManagerVariables): () => void {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = variables;
  const allowedMs = Number(WATCHDOG_USEC) / 1000;
  if (!(allowedMs >= 2) || WATCHDOG_PID !== String(process.pid)) return () => undefined;
  const timer = setInterval(() => notifyManager(NOTIFY_SOCKET, "WATCHDOG=1"), allowedMs / 2);
  return () => clearInterval(timer);
}

/** Returns the states of a reload, with the time that Type=notify-reload requires. */
export function reloadingStates(): string[] {
  const time = new BigInt64Array(2);
  libc()?.clock_gettime(CLOCK_MONOTONIC, ptr(time));
  const [seconds = 0n, nanoseconds = 0n] = time;
  return ["RELOADING=1", `MONOTONIC_USEC=${seconds * 1_000_000n + nanoseconds / 1000n}`];
}
