import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isSignatureRight } from "./mach-o.ts";
import { isHost, type Target } from "./targets.ts";

const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";
const MUSL_LOADERS: Record<string, string> = {
  "linux-x64": "/lib/ld-musl-x86_64.so.1",
  "linux-arm64": "/lib/ld-musl-aarch64.so.1",
};

/**
 * Returns the command that runs a target's executables here, which is empty for this platform; null
 * when none can.
 */
export function runnerOf(target: Target): readonly string[] | null {
  const { platform, libc } = target.addon;
  if (isHost(target)) return [];
  if (libc === "musl") return findsCxxLibrary(MUSL_LOADERS[platform] ?? "") ? [] : null;
  const emulator = ["qemu-aarch64-static", "qemu-aarch64"].find((one) => Bun.which(one) !== null);
  if (platform === "linux-arm64" && emulator !== undefined && existsSync(ARM64_LIBRARIES))
    return [emulator, "-L", ARM64_LIBRARIES];
  return null;
}

/** Returns whether a musl loader exists and finds the C++ library: Debian has only the loader. */
function findsCxxLibrary(loader: string): boolean {
  if (!existsSync(loader)) return false;
  const env = { LD_PRELOAD: "libstdc++.so.6" };
  const { status, stdout } = spawnSync(loader, ["--list", loader], { encoding: "utf8", env });
  return status === 0 && stdout.includes("libstdc++.so.6 => ");
}

/**
 * Starts a target's executable, where this machine or an emulator can.
 *
 * @returns a description of the attempt
 * @throws Error when it does not print its version, or macOS would refuse it
 */
export function tryOut(target: Target, executable: string, version: string): string {
  if (target.name.startsWith("darwin-")) {
    if (!isSignatureRight(executable))
      throw new Error("its signature is wrong, so that macOS may refuse it");
    return "not started here, its signature is right";
  }
  const runner = runnerOf(target);
  if (runner === null) return "not started here";
  const [program = "", ...args] = [...runner, executable, "--version"];
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0 || stdout !== `${version}\n`)
    throw new Error(`it does not start: ${error?.message ?? (stderr || stdout).trim()}`);
  return `starts${runner[0] === undefined ? "" : ` under ${runner[0]}`}`;
}
