import type { Command } from "commander";

/** Returns the Markdown table of all commands that help shows, for docs/commands.md. */
export function commandTable(program: Command): string {
  const rows = leaves(program, ["waferd"]).map(
    ({ path, description }) => `| \`${path}\` | ${description.replaceAll("|", "\\|")} |`,
  );
  return ["| command | does |", "|---|---|", ...rows].join("\n");
}

/** Returns the commands that do something themselves, with all their words. */
function leaves(
  command: Command,
  words: readonly string[],
): { path: string; description: string }[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  // One that only groups others has no flag but --help, and the program --version.
  const onlyGroups =
    commands.length > 0 && help.visibleOptions(command).length <= (words.length === 1 ? 2 : 1);
  const own = onlyGroups ? [] : [{ path: words.join(" "), description: command.description() }];
  return [...own, ...commands.flatMap((one) => leaves(one, [...words, one.name()]))];
}
