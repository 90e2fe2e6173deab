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
/** Where packages put units. */
const PACKAGED = [`/lib/systemd/system/${UNIT_NAME}`, `/usr/lib/systemd/system/${UNIT_NAME}`];
const MARK = "# Made by waferd service install.";

/** The machine that a service is installed on, or the folder that stands for its root. */
export class Machine {
  readonly #prefix: string;

  /** @param prefix empty for the machine itself */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @throws StartError unless whoever runs this may change the machine */
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

  /** Whether systemd runs, so that it can be told. */
  get runsSystemd(): boolean {
    return this.#prefix === "" && existsSync("/run/systemd/system");
  }

  get unitPath(): string {
    return `${this.#prefix}${UNIT}`;
  }

  /**
   * Whether there is a unit of ours.
   *
   * @throws StartError when somebody else's unit has the name
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
      throw new StartError(`${this.unitPath} is not of waferd service install: move it away first`);
    return true;
  }

  writeUnit(text: string): void {
    this.#write(this.unitPath, `${MARK}\n${text}`, 0o644);
  }

  removeUnit(): void {
    rmSync(this.unitPath);
  }

  /** Writes a configuration that the service may read and nobody else. */
  writeConfig(path: string, text: string): void {
    const file = `${this.#prefix}${path}`;
    const folder = dirname(file);
    const isNew = !existsSync(folder);
    this.#write(file, text, 0o640);
    if (isNew) chmodSync(folder, 0o750);
    if (this.#prefix === "") run("chgrp", [SERVICE_USER, file, ...(isNew ? [folder] : [])]);
  }

  /** Makes the system user, unless it is there. */
  makeUser(): boolean {
    if (this.#prefix !== "" || succeeds("getent", ["passwd", SERVICE_USER])) return false;
    run("useradd", [
      ...["--system", "--user-group", "--no-create-home", "--home-dir", STATE_FOLDER],
      ...["--shell", "/usr/sbin/nologin", SERVICE_USER],
    ]);
    return true;
  }

  /** @throws StartError when the service's user could not read the file */
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
        `the service could not read ${path}: chgrp ${SERVICE_USER} ${path} && chmod g+r ${path}`,
      );
  }

  /** Has systemd start the service now and at every boot; a service that runs is started anew. */
  enable(): void {
    if (this.#prefix !== "") return;
    if (this.runsSystemd) run("systemctl", ["daemon-reload"]);
    if (this.runsSystemd || succeeds("systemctl", ["--version"]))
      run("systemctl", ["enable", UNIT_NAME]);
    if (this.runsSystemd) run("systemctl", ["restart", UNIT_NAME]);
  }

  /** Stops the service, and forgets it. */
  disable(): void {
    if (this.#prefix !== "") return;
    if (this.runsSystemd) run("systemctl", ["stop", UNIT_NAME]);
    if (succeeds("systemctl", ["--version"])) run("systemctl", ["disable", UNIT_NAME]);
  }

  /** Has systemd read its units anew. */
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

/** Runs a program of the machine's, and returns what it prints. */
function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0)
    throw new StartError(`${program} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
