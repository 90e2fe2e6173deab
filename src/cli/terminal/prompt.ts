import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { writtenText } from "../../core/written-text.ts";
import { CommandFailure, usageFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import type { Io } from "../io.ts";
import { beforeSignalEnds } from "./signals.ts";

/** Tells whether there is a person at a terminal to ask. */
export const canAsk = (io: Io): boolean => io.input.isTTY === true && io.isTerminal;

/** The source of a secret: never the command line, which every user of the machine can read. */
export interface SecretSource {
  /** The name of the secret for people: `the AppSecret of wx1234`. */
  what: string;
  /** The name of the flags: `--<flag>-file` and `--<flag>-stdin`. */
  flag: string;
  file: string | null;
  stdin: boolean;
}

/**
 * Reads a secret from a file, from standard input, or from a person, whose typing is not echoed.
 *
 * @throws CommandFailure when it is empty, or there is no source
 */
export async function readSecret(
  io: Io,
  { what, flag, file, stdin }: SecretSource,
): Promise<string> {
  const text =
    file !== null
      ? readSecretFile(file)
      : stdin
        ? await readInput(io)
        : await askSecret(io, what, flag);
  const secret = text.replace(/\n+$/, "");
  if (secret === "") throw usageFailure(`${what} is empty`);
  return secret;
}

function readSecretFile(path: string): string {
  try {
    return writtenText(readFileSync(path));
  } catch (error) {
    throw new CommandFailure(EXIT.failed, `cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Reads standard input to its end. */
export async function readInput({ input }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return writtenText(Buffer.concat(chunks));
}

async function askSecret(io: Io, what: string, flag: string): Promise<string> {
  if (!canAsk(io))
    throw usageFailure(
      `${what} is missing: give it by --${flag}-file <file> or --${flag}-stdin, or run this on a terminal`,
    );
  return askHidden(io, `${what}: `);
}

/** Asks a person, whose typing is not echoed. */
export function askHidden(io: Io, question: string): Promise<string> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.input, output, terminal: true });
  lines.once("SIGINT", () => lines.close());
  // Raw mode would outlive the process.
  const end = beforeSignalEnds(() => lines.close());
  io.print(question);
  return answerOf(io, lines).finally(() => {
    end();
    io.print("\n");
  });
}

/** Asks a person. The terminal itself edits and echoes the line, however narrow it is. */
function ask(io: Io, question: string): Promise<string> {
  const lines = createInterface({ input: io.input, terminal: false });
  const giveUp = (): void => {
    io.print("\n");
    lines.close();
  };
  process.once("SIGINT", giveUp);
  io.print(question);
  return answerOf(io, lines).finally(() => process.off("SIGINT", giveUp));
}

/** Resolves with the first line; rejects when the person gives up by Ctrl-C or Ctrl-D. */
async function answerOf(io: Io, lines: Interface): Promise<string> {
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () => reject(new CommandFailure(EXIT.failed, "given up")));
    });
  } finally {
    lines.close();
    io.input.pause();
  }
}

/**
 * Asks a person to confirm what cannot be undone.
 *
 * @param agreed the flag --yes
 * @throws CommandFailure unless the person agrees
 */
export async function confirm(io: Io, question: string, agreed: boolean): Promise<void> {
  if (agreed) return;
  if (!canAsk(io)) throw usageFailure(`${question} This is not a terminal: confirm by --yes`);
  const answer = await ask(io, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(EXIT.failed, "nothing was done");
}
