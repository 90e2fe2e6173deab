import { Command } from "commander";
import { usageFailure } from "./command-failure.ts";
import { addExamples } from "./examples.ts";

/** Makes `waferd help` and `waferd help app add`, which print what --help prints. */
export function helpCommand(program: Command): Command {
  const help = new Command("help")
    .description("show the help of a command")
    .argument("[command...]");
  return addExamples(help, "help app add").action((names: string[]) => {
    let command = program;
    for (const name of names) {
      const next = command.commands.find((one) => one.name() === name);
      if (next === undefined) throw usageFailure(`there is no command ${names.join(" ")}`);
      command = next;
    }
    command.outputHelp();
  });
}
