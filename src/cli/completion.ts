import { Argument, Command } from "commander";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { commandTree } from "./completion/tree.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { Io } from "./io.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

const HOW = `
Examples:
  source <(waferd completion bash)     in ~/.bashrc
  source <(waferd completion zsh)      in ~/.zshrc, after compinit
  waferd completion fish | source      in ~/.config/fish/config.fish
`;

/** `waferd completion bash|zsh|fish`: made of the very commands that there are, so that it is never stale. */
export const completionCommand = (io: Io, program: Command): Command =>
  new Command("completion")
    .description("print what makes a shell complete waferd's commands and flags")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
    .addHelpText("after", HOW)
    .action((shell: keyof typeof SHELLS) => io.write(SHELLS[shell](commandTree(program))));
