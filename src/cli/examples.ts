import type { Command } from "commander";

/** Adds examples to a command's help, as people type them, without `waferd`. */
export const addExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText(
    "after",
    `\nExample${examples.length > 1 ? "s" : ""}:\n${examples.map((example) => `  waferd ${example}`).join("\n")}`,
  );
