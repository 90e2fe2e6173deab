import { dlopen, FFIType, ptr } from "bun:ffi";

const { i32, u32, u64, i64 } = FFIType;

/** Opens the calls that Bun does not offer, in glibc or musl. */
function open() {
  const musl = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
  for (const name of ["libc.so.6", musl])
    try {
      return dlopen(name, {
        getsockopt: { args: [i32, i32, i32, FFIType.ptr, FFIType.ptr], returns: i32 },
        setsockopt: { args: [i32, i32, i32, FFIType.ptr, u32], returns: i32 },
        socket: { args: [i32, i32, i32], returns: i32 },
        sendto: { args: [i32, FFIType.ptr, u64, i32, FFIType.ptr, u32], returns: i64 },
        close: { args: [i32], returns: i32 },
        epoll_ctl: { args: [i32, i32, i32, FFIType.ptr], returns: i32 },
        prctl: { args: [i32, FFIType.ptr], returns: i32 },
        flock: { args: [i32, i32], returns: i32 },
        clock_gettime: { args: [i32, FFIType.ptr], returns: i32 },
      }).symbols;
    } catch {
      // Try the next C library.
    }
  return null;
}

let opened: ReturnType<typeof open> | undefined;

/** Returns the C library of a Linux system; null elsewhere, or when it is an unknown one. */
export function libc(): ReturnType<typeof open> {
  if (opened === undefined) opened = process.platform === "linux" ? open() : null;
  return opened;
}

export { ptr };
