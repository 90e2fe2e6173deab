import { join } from "node:path";
import { tempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

export interface ScreenOptions {
  columns?: number;
  rows?: number;
  environment?: Record<string, string>;
}

/** A terminal with a shell, as a person sees it: an emulator's screen, not the bytes. */
export class Screen implements Disposable {
  readonly #folder = tempFolder();
  readonly #environment;

  constructor({ columns = 80, rows = 24, environment = {} }: ScreenOptions = {}) {
    this.#environment = { PATH: "/usr/bin:/bin", TERM: "xterm", LC_ALL: "C.UTF-8", ...environment };
    const size = ["-x", String(columns), "-y", String(rows)];
    this.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "env PS1='$ ' bash --norc");
  }

  /** Types a command line, and Enter. */
  run(line: string): void {
    this.press("-l", line);
    this.press("Enter");
  }

  /** Presses keys by tmux's names, such as `C-c`; after `-l`, types a text. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  /** Returns what is on the screen. */
  text(): string {
    return this.#tmux("capture-pane", "-p").trimEnd();
  }

  /** Waits until a text is on the screen. @param time limit in milliseconds */
  async shows(text: string | RegExp, time?: number): Promise<void> {
    try {
      await until(() => {
        const seen = this.text();
        return typeof text === "string" ? seen.includes(text) : text.test(seen);
      }, time);
    } catch {
      throw new Error(`the screen does not show ${text}:\n${this.text()}`);
    }
  }

  /** Returns whether the terminal shows its cursor, and whether it wraps lines. */
  modes(): { cursor: boolean; wrap: boolean } {
    const [cursor, wrap] = this.#tmux("display-message", "-p", "#{cursor_flag} #{wrap_flag}")
      .trim()
      .split(" ");
    return { cursor: cursor === "1", wrap: wrap === "1" };
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
    this.#folder[Symbol.dispose]();
  }

  #tmux(...args: string[]): string {
    const ran = Bun.spawnSync(["tmux", "-S", join(this.#folder.path, "socket"), ...args], {
      env: this.#environment,
    });
    if (!ran.success) throw new Error(`tmux ${args[0]}: ${ran.stderr}`);
    return ran.stdout.toString();
  }
}
