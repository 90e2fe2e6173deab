import { readdirSync } from "node:fs";
import { libc, ptr } from "./libc.ts";

// From the headers of Linux.
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const AF_UNIX = 1;
const SO_ATTACH_REUSEPORT_CBPF = 51;
/** The instruction of the classic Berkeley packet filter that returns a constant. */
const RETURN_CONSTANT = 0x06;
/** A place that no listener has: the kernel then chooses as it does without a filter. */
const NO_LISTENER = 0xffff_ffff;

/**
 * Makes the kernel give all new connections to this process's addresses to one of the processes
 * that share them. Closing a listener resets the connections in its queue, so a draining worker
 * must get no new ones.
 *
 * @param index the place of that process among the listeners, in the order in which they began to
 * listen; null for all of them
 * @returns false when the kernel refuses, or is not Linux
 */
export function steerConnections(index: number | null): boolean {
  const c = libc();
  if (c === null) return false;
  // struct sock_filter { u16 code; u8 jt, jf; u32 k }
  // struct sock_fprog { u16 length; sock_filter *filter }
  const instruction = new Uint32Array([RETURN_CONSTANT, index ?? NO_LISTENER]);
  const program = new BigUint64Array([1n, BigInt(ptr(instruction))]);
  return listeners()
    .map((socket) =>
      c.setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, ptr(program), program.byteLength),
    )
    .every((result) => result === 0);
}

/** Returns the file descriptors of the sockets on which this process listens for the network. */
function listeners(): number[] {
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
