import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { StartError } from "../../core/errors.ts";
import { SERVICE_USER, STATE_FOLDER } from "./unit.ts";

const UNIT_NAME = "waferd.service";
const UNIT = `/etc/systemd/system/${UNIT_NAME}`;
/** The units of packages. */
const PACKAGED = [`/lib/systemd/system/${UNIT_NAME}`, `/usr/lib/systemd/system/${UNIT_NAME}`];
const MARK = "# Made by waferd service install.";

/** The machine that a service is installed on, or a folder that stands for its root. */
export class Machine {
  readonly #prefix: string;

  /** @param prefix empty for the machine itself */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @throws StartError unless this user may change the machine */
  assertMayChange(what: string): void {
    if (process.platform !== "linux")
      throw new StartError(
        "waferd service works with systemd, on Linux; elsewhere run waferd serve",
      );
    if (this.#prefix === "" && process.getuid?.() !== 0)
      throw new StartError(
        `${what} the service needs root: run it with sudo; --print shows the unit`,
      );
  }

  /** Tells whether systemd runs. */
  get runsSystemd(): boolean {
    return this.#prefix === "" && existsSync("/run/systemd/system");
  }

  get unitPath(): string {
    return `${this.#prefix}${UNIT}`;
  }

  /**
   * Tells whether waferd service install made a unit here.
   *
   * @throws StartError when another unit has the name
   */
  hasUnit(): boolean {
    const packaged = PACKAGED.map((path) => `${this.#prefix}${path}`).find((path) =>
      existsSync(path),
    );
    if (packaged !== undefined)
      throw new StartError(
        `${packaged} belongs to the package: systemctl starts and stops it, apt removes it`,
      );
    if (!existsSync(this.unitPath)) return false;
    if (!readFileSync(this.unitPath, "utf8").startsWith(MARK))
      throw new StartError(
        `${this.unitPath} was not made by waferd service install: move it away first`,
      );
    return true;
  }

  writeUnit(text: string): void {
    this.#write(this.unitPath, `${MARK}\n${text}`, 0o644);
  }

  removeUnit(): void {
    rmSync(this.unitPath);
  }

  /** Writes a configuration that only root and the service can read. */
  writeConfig(path: string, text: string): void {
    const file = `${this.#prefix}${path}`;
    const folder = dirname(file);
    const isNew = !existsSync(folder);
    this.#write(file, text, 0o640);
    if (isNew) chmodSync(folder, 0o750);
    if (this.#prefix === "") run("chgrp", [SERVICE_USER, file, ...(isNew ? [folder] : [])]);
  }

  /** Creates the system user; tells whether it was missing. */
  makeUser(): boolean {
    if (this.#prefix !== "" || succeeds("getent", ["passwd", SERVICE_USER])) return false;
    run("useradd", [
      ...["--system", "--user-group", "--no-create-home", "--home-dir", STATE_FOLDER],
      ...["--shell", "/usr/sbin/nologin", SERVICE_USER],
    ]);
    return true;
  }

  /** @throws StartError when the service's user cannot read the file */
  assertReadable(path: string): void {
    if (this.#prefix !== "") return;
    const { mode, gid, uid } = statSync(path);
    const id = (flag: string): number => Number(run("id", [flag, SERVICE_USER]));
    const isReadable =
      (mode & 0o004) !== 0 ||
      ((mode & 0o040) !== 0 && gid === id("-g")) ||
      ((mode & 0o400) !== 0 && uid === id("-u"));
    if (!isReadable)
      throw new StartError(
        `the service cannot read ${path}: chgrp ${SERVICE_USER} ${path} && chmod g+r ${path}`,
      );
  }

  /** Starts or restarts the service, and enables it at every boot. */
  enable(): void {
    if (this.#prefix !== "") return;
    if (this.runsSystemd) run("systemctl", ["daemon-reload"]);
    if (this.runsSystemd || succeeds("systemctl", ["--version"]))
      run("systemctl", ["enable", UNIT_NAME]);
    if (this.runsSystemd) run("systemctl", ["restart", UNIT_NAME]);
  }

  /** Stops the service, and disables it. */
  disable(): void {
    if (this.#prefix !== "") return;
    if (this.runsSystemd) run("systemctl", ["stop", UNIT_NAME]);
    if (succeeds("systemctl", ["--version"])) run("systemctl", ["disable", UNIT_NAME]);
  }

  /** Makes systemd read its units again. */
  reload(): void {
    if (this.runsSystemd) run("systemctl", ["daemon-reload"]);
  }

  #write(path: string, text: string, mode: number): void {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      chmodSync(path, mode);
    } catch (cause) {
      throw new StartError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
    }
  }
}

const succeeds = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;

/**
 * Runs a program and returns its standard output.
 *
 * @throws StartError with what it printed when it fails
 */
function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0)
    throw new StartError(`${program} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
