import { secretsIn } from "./secrets.ts";
import { testStore } from "./stores/store.ts";
import { EXECUTABLE } from "./waferd.ts";

/** The result of a command of the executable. */
export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  environment?: Record<string, string>;
  /** Standard input; empty by default. */
  input?: string;
}

/** A port on which nothing listens: only root could. */
export const UNUSED_PORT = "1";

const environmentOf = async (dataDir: string, environment: Record<string, string> = {}) => ({
  PATH: "/usr/bin:/bin",
  ...(await testStore.environment(dataDir)),
  ...environment,
});

/**
 * Runs a command of the executable.
 *
 * @throws Error when a noted secret is on its command line
 */
export async function runCommand(
  args: readonly string[],
  { cwd, environment, input = "" }: CommandOptions = {},
  dataDir = "",
): Promise<Ran> {
  const open = secretsIn(args.join(" "));
  if (open.length > 0) throw new Error(`a secret on the command line: ${args.join(" ")}`);
  const command = Bun.spawn([EXECUTABLE, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: await environmentOf(dataDir, environment),
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(command.stdout).text(),
    new Response(command.stderr).text(),
    command.exited,
  ]);
  return { status, stdout, stderr };
}

/** Keys that are typed once the terminal shows a text. */
export type Typing = readonly [shown: string, typed: string];

/** Runs a command on a new terminal, by script(1). */
export async function onTerminal(
  args: readonly string[],
  typing: readonly Typing[],
  environment: Record<string, string> = {},
): Promise<{ status: number; screen: string }> {
  // Without exec, Ctrl-C would also reach the shell that script(1) starts.
  const line = `exec ${[EXECUTABLE, ...args].map((arg) => `'${arg}'`).join(" ")}`;
  const terminal = Bun.spawn(["/usr/bin/script", "-qec", line, "/dev/null"], {
    env: { ...(await environmentOf("", environment)), TERM: "xterm" },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const waiting = [...typing];
  const decoder = new TextDecoder();
  let screen = "";
  for await (const chunk of terminal.stdout) {
    screen += decoder.decode(chunk, { stream: true });
    const [next] = waiting;
    if (next === undefined || !screen.includes(next[0])) continue;
    waiting.shift();
    // The prompt is shown before the terminal has stopped echoing.
    await Bun.sleep(100);
    terminal.stdin.write(next[1]);
    terminal.stdin.flush();
  }
  terminal.stdin.end();
  return { status: await terminal.exited, screen };
}
