import { Argument, Command } from "commander";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { commandTree } from "./completion/tree.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { CommandDeps } from "./deps.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

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
    .action((shell: keyof typeof SHELLS) => io.write(SHELLS[shell](commandTree(program))));
