import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";

export interface CommandResult {
  status: number;
  /** Standard output and standard error. */
  output: string;
}

/**
 * A simulated machine in namespaces (machine.sh) with a copy of this machine's files, which changes
 * do not affect. Needs root. It ends with this process.
 */
export class Machine implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #pid: string;
  readonly #folder: Disposable;

  private constructor(
    process: Bun.Subprocess<"pipe", "pipe", "pipe">,
    pid: string,
    folder: Disposable,
  ) {
    this.#process = process;
    this.#pid = pid;
    this.#folder = folder;
  }

  /**
   * Starts a machine.
   *
   * @param packages folder that is mounted there read-only as /packages
   * @param kind whether systemd is its first process
   */
  static async start(packages: string, kind: "plain" | "systemd"): Promise<Machine> {
    const folder = tempFolder();
    const place = join(folder.path, "machine");
    mkdirSync(place);
    const script = join(import.meta.dir, "machine.sh");
    const process = Bun.spawn(
      ["unshare", "--mount", "--net", "--ipc", "--uts", "sh", script, place, packages, kind],
      { stdin: "pipe", stdout: "pipe", stderr: "pipe" },
    );
    for await (const chunk of process.stdout) {
      const pid = /^pid (\d+)/.exec(new TextDecoder().decode(chunk))?.[1];
      if (pid === undefined) break;
      const machine = new Machine(process, pid, folder);
      if (kind === "systemd") await machine.until("systemctl is-active --quiet machine.target");
      return machine;
    }
    throw new Error(`the machine does not start: ${await new Response(process.stderr).text()}`);
  }

  /** Runs a shell command as root. */
  run(command: string): CommandResult {
    const { exitCode, stdout } = Bun.spawnSync(
      [
        ...[
          "nsenter",
          "--target",
          this.#pid,
          "--mount",
          "--net",
          "--ipc",
          "--uts",
          "--pid",
          "--cgroup",
        ],
        ...["--root", "sh", "-c", `exec 2>&1; cd /; ${command}`],
      ],
      {
        env: {
          PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          DEBIAN_FRONTEND: "noninteractive",
        },
        stdin: "ignore",
      },
    );
    return { status: exitCode, output: stdout.toString() };
  }

  /**
   * Runs a command and returns its output.
   *
   * @throws Error when its exit status is not 0
   */
  ok(command: string): string {
    const { status, output } = this.run(command);
    if (status !== 0) throw new Error(`${command} ended with ${status}:\n${output}`);
    return output;
  }

  /** Repeats a command until its exit status is 0. */
  async until(command: string): Promise<void> {
    let last: CommandResult = { status: 1, output: "" };
    for (let tries = 0; tries < 200; tries += 1) {
      last = this.run(command);
      if (last.status === 0) return;
      await Bun.sleep(50);
    }
    throw new Error(`${command} keeps ending with ${last.status}:\n${last.output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.end();
    await this.#process.exited;
    this.#folder[Symbol.dispose]();
  }
}
