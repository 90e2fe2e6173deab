import type { Command, Option } from "commander";
import { choicesOf } from "../config-flags.ts";

/** The kind of value that a flag takes. */
export type ValueKind = "none" | "any" | "file" | "folder" | readonly string[];

export interface Flag {
  /** The long and, if there is one, the short form, with their dashes. */
  names: string[];
  description: string;
  value: ValueKind;
}

/** A command, as completions need it. */
export interface Node {
  /** The words of the command, without `waferd`: `app add`; empty for the program. */
  path: string;
  commands: { name: string; description: string }[];
  flags: Flag[];
  /** The choices of its argument; null when the argument has none. */
  words: readonly string[] | null;
}

/** Returns all commands that help shows, the program first. */
export function commandTree(program: Command, above: readonly string[] = []): Node[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  const node: Node = {
    path: above.join(" "),
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    flags: help.visibleOptions(program).map((option) => flagOf(option)),
    words: program.registeredArguments[0]?.argChoices ?? null,
  };
  return [node, ...commands.flatMap((one) => commandTree(one, [...above, one.name()]))];
}

const flagOf = (option: Option): Flag => ({
  names: option.flags.match(/(?<![\w<[-])--?[\w-]+/g) ?? [],
  description: option.description,
  value: valueKindOf(option),
});

function valueKindOf(option: Option): ValueKind {
  // An optional value is not offered: the next word may be another flag.
  if (!option.required) return "none";
  const choices = option.argChoices ?? choicesOf(option);
  if (choices !== null) return choices;
  const [, placeholder = ""] = /<([^>]+)>/.exec(option.flags) ?? [];
  if (placeholder === "folder" || option.long === "--data-dir") return "folder";
  return placeholder === "file" ? "file" : "any";
}

/** Returns the words that can follow a command. */
export const wordsAfter = ({ commands, words }: Node): string[] => [
  ...commands.map(({ name }) => name),
  ...(words ?? []),
];
