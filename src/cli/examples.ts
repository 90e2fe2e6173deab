import type { Command } from "commander";

/** Adds examples, which are command lines without `waferd`, to a command's help. */
export const addExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText(
    "after",
    `\nExample${examples.length > 1 ? "s" : ""}:\n${examples.map((example) => `  waferd ${example}`).join("\n")}`,
  );
