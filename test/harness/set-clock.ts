import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folders in which Debian and others install libfaketime. */
const FOLDERS = [
  "/usr/lib/x86_64-linux-gnu/faketime",
  "/usr/lib/aarch64-linux-gnu/faketime",
  "/usr/lib/faketime",
  "/usr/lib64/faketime",
];

/** The clock of a process that a test starts, which can be set while the process runs. */
export interface SettableClock {
  /** The variables of the process. */
  environment: Record<string, string>;
  /** Sets the clock to the true time and this much more, or less. */
  set(offset: { days?: number; hours?: number; seconds?: number }): void;
}

/**
 * Returns a clock by libfaketime (https://github.com/wolfcw/libfaketime). The time that passes is
 * not changed, as when the system's clock is set.
 *
 * @param folder a folder for its file
 */
export function settableClock(folder: string): SettableClock {
  const library = FOLDERS.map((place) => join(place, "libfaketimeMT.so.1")).find(existsSync);
  if (library === undefined) throw new Error("libfaketime is missing: install faketime");
  const file = join(folder, "clock");
  const set: SettableClock["set"] = ({ days = 0, hours = 0, seconds = 0 }) => {
    const offset = (days * 24 + hours) * 3600 + seconds;
    writeFileSync(file, `${offset < 0 ? "" : "+"}${offset}`);
  };
  set({});
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    set,
  };
}
