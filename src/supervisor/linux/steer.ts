import { readdirSync } from "node:fs";
import { libc, ptr } from "./libc.ts";

// From Linux' headers.
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_ATTACH_REUSEPORT_CBPF = 51;
/** The instruction of the classic Berkeley packet filter that ends with a constant. */
const RETURN_CONSTANT = 0x06;
/** No listener has this place: the kernel then chooses as it does without a program. */
const NOBODY = 0xffff_ffff;

/**
 * Has the kernel give all new connections of this process's addresses to one of the processes that share them. Closing a
 * listener resets what waits in its queue; so that one can leave, others have to get what comes.
 *
 * @param index the place of the one among those that listen there, in the order in which they began; null for all of them
 * @returns false where that cannot be done
 */
export function steerConnections(index: number | null): boolean {
  const c = libc();
  if (c === null) return false;
  // struct sock_filter { u16 code; u8 jt, jf; u32 k }, and struct sock_fprog { u16 length; sock_filter *filter }
  const instruction = new Uint32Array([RETURN_CONSTANT, index ?? NOBODY]);
  const program = new BigUint64Array([1n, BigInt(ptr(instruction))]);
  return listeners()
    .map((socket) =>
      c.setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, ptr(program), program.byteLength),
    )
    .every((result) => result === 0);
}

/** The file descriptors of this process's listening sockets. */
function listeners(): number[] {
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => {
      value[0] = 0;
      return (
        libc()?.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, ptr(value), ptr(length)) === 0 &&
        value[0] === 1
      );
    });
}
