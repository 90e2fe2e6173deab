import { type AddonTarget, hostTarget } from "../lmdb-addon.ts";

/** A platform for which packages are made. */
export interface Target {
  /** Name in the names of archives. */
  name: string;
  addon: AddonTarget;
  /** npm package with Bun for this platform. */
  bunPackage: string;
  bunName: Bun.Build.CompileTarget;
  /** Debian's name of the architecture, where a .deb is made. */
  debian?: string;
}

const linux = (arch: "x64" | "arm64", libc: "glibc" | "musl", debian?: string): Target => {
  const suffix = libc === "musl" ? ("-musl" as const) : ("" as const);
  return {
    name: `linux-${arch}${suffix}`,
    addon: { platform: `linux-${arch}`, libc },
    bunPackage: `@oven/bun-linux-${arch === "x64" ? "x64" : "aarch64"}${suffix}`,
    bunName: `bun-linux-${arch}${suffix}`,
    ...(debian !== undefined && { debian }),
  };
};

export const TARGETS: readonly Target[] = [
  linux("x64", "glibc", "amd64"),
  linux("arm64", "glibc", "arm64"),
  linux("x64", "musl"),
  linux("arm64", "musl"),
  {
    name: "darwin-arm64",
    addon: { platform: "darwin-arm64", libc: null },
    bunPackage: "@oven/bun-darwin-aarch64",
    bunName: "bun-darwin-arm64",
  },
  {
    name: "darwin-x64",
    addon: { platform: "darwin-x64", libc: null },
    bunPackage: "@oven/bun-darwin-x64",
    bunName: "bun-darwin-x64",
  },
  {
    name: "windows-x64",
    addon: { platform: "win32-x64", libc: null },
    bunPackage: "@oven/bun-windows-x64",
    bunName: "bun-windows-x64",
  },
];

export const isWindows = ({ addon }: Target): boolean => addon.platform.startsWith("win32-");
export const isLinux = ({ addon }: Target): boolean => addon.libc !== null;

/** Returns whether `npm run build` makes this target's executable. */
export function isHost({ addon }: Target): boolean {
  const host = hostTarget();
  return addon.platform === host.platform && addon.libc === host.libc;
}
