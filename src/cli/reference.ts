import type { Command } from "commander";

/** Returns the Markdown table of all commands that help shows, for docs/commands.md. */
export function commandTable(program: Command): string {
  const rows = leaves(program, ["waferd"]).map(
    ({ path, description }) => `| \`${path}\` | ${description.replaceAll("|", "\\|")} |`,
  );
  return ["| command | does |", "|---|---|", ...rows].join("\n");
}

/** Returns the commands that do not group others, with all their words. */
function leaves(
  command: Command,
  words: readonly string[],
): { path: string; description: string }[] {
  const commands = command.createHelp().visibleCommands(command);
  if (commands.length === 0) return [{ path: words.join(" "), description: command.description() }];
  return commands.flatMap((one) => leaves(one, [...words, one.name()]));
}
