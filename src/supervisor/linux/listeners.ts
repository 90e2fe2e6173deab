import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { libc, ptr } from "./libc.ts";

// From the headers of Linux.
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const AF_UNIX = 1;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;

/** Returns the file descriptors of the sockets on which this process listens for the network. */
export function listeners(): number[] {
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  const optionOf = (fd: number, option: number): number | null =>
    libc()?.getsockopt(fd, SOL_SOCKET, option, ptr(value), ptr(length)) === 0
      ? (value[0] ?? null)
      : null;
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => optionOf(fd, SO_ACCEPTCONN) === 1 && optionOf(fd, SO_DOMAIN) !== AF_UNIX);
}

/** Keeps the event loop from accepting connections, which then wait in the kernel's queue. */
export interface AcceptSwitch {
  /** Needs a free file descriptor. Returns false when nothing was changed. */
  pause(): boolean;
  resume(): void;
}

/** A listening socket in an epoll set of the event loop. */
interface Watched {
  epoll: number;
  socket: number;
  /** The event loop's own value for the socket, which it gets back with each event. */
  data: bigint;
}

/**
 * Returns the switch of the sockets that this process listens on now. Bun has none, and without a
 * free file descriptor it tries to accept again and again. Does nothing where the system is not
 * Linux.
 */
export function acceptSwitch(): AcceptSwitch {
  const watched = libc() === null ? [] : watchedListeners();
  const setEvents = (events: number): boolean =>
    watched
      // A socket that was closed may have left its number to another one.
      .filter((one) => watchedIn(one.epoll).some((now) => isSame(one, now)))
      .map((one) => modify(one, events))
      .some((isDone) => isDone);
  return { pause: () => setEvents(0), resume: () => void setEvents(EPOLLIN) };
}

const isSame = (one: Watched, other: Watched): boolean =>
  one.socket === other.socket && one.data === other.data;

function watchedListeners(): Watched[] {
  const sockets = new Set(listeners());
  return epollSets()
    .flatMap(watchedIn)
    .filter(({ socket }) => sockets.has(socket));
}

/** Returns the sockets of an epoll set. */
const watchedIn = (epoll: number): Watched[] =>
  [
    ...readFileSync(`/proc/self/fdinfo/${epoll}`, "utf8").matchAll(
      /^tfd:\s*(\d+)\s+events:\s*[\da-f]+\s+data:\s*([\da-f]+)/gm,
    ),
  ].map(([, socket, data]) => ({ epoll, socket: Number(socket), data: BigInt(`0x${data}`) }));

const epollSets = (): number[] =>
  readdirSync("/proc/self/fd")
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventpoll]";
      } catch {
        // The descriptor by which the folder itself was read.
        return false;
      }
    })
    .map(Number);

/** Sets the events of a socket for which the event loop is woken. */
function modify({ epoll, socket, data }: Watched, events: number): boolean {
  // struct epoll_event { u32 events; u64 data }, packed on x86-64 only.
  const event = new DataView(new ArrayBuffer(16));
  event.setUint32(0, events, true);
  event.setBigUint64(process.arch === "x64" ? 4 : 8, data, true);
  return libc()?.epoll_ctl(epoll, EPOLL_CTL_MOD, socket, ptr(event)) === 0;
}
