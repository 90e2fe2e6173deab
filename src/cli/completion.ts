import { Argument, Command } from "commander";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { commandTree } from "./completion/tree.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { CommandDeps } from "./deps.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** A shell that can complete waferd's commands. */
export type Shell = keyof typeof SHELLS;

/** Returns the completion of a program's commands and flags for a shell. */
export const completionOf = (program: Command, shell: Shell): string =>
  SHELLS[shell](commandTree(program));

const HOW = `
Examples:
  source <(waferd completion bash)     in ~/.bashrc
  source <(waferd completion zsh)      in ~/.zshrc, after compinit
  waferd completion fish | source      in ~/.config/fish/config.fish
`;

/** Makes `waferd completion bash|zsh|fish`, whose output is derived from the program's commands. */
export const completionCommand = ({ io }: CommandDeps, program: Command): Command =>
  new Command("completion")
    .description("print the completion of waferd's commands and flags for a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
    .addHelpText("after", HOW)
    .action((shell: Shell) => io.write(completionOf(program, shell)));
