import type { Command, Option } from "commander";
import { choicesOf } from "../config-flags.ts";

/** What may follow a flag. */
export type ValueKind = "none" | "any" | "file" | "folder" | readonly string[];

export interface Flag {
  /** With its dashes: the long one, and the short one if there is one. */
  names: string[];
  description: string;
  value: ValueKind;
}

/** A command as completions see it. */
export interface Node {
  /** The words that lead to it, without `waferd`: `app add`; empty for the program. */
  path: string;
  commands: { name: string; description: string }[];
  flags: Flag[];
  /** Names that its argument is one of; null for whatever is not known here. */
  words: readonly string[] | null;
}

/** All commands, the program first. What help hides is not offered. */
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
  // What may be left out after a flag must not be asked for.
  if (!option.required) return "none";
  const choices = option.argChoices ?? choicesOf(option);
  if (choices !== null) return choices;
  const [, placeholder = ""] = /<([^>]+)>/.exec(option.flags) ?? [];
  if (placeholder === "folder" || option.long === "--data-dir") return "folder";
  return placeholder === "file" ? "file" : "any";
}

/** The words that go on from a node. */
export const wordsAfter = ({ commands, words }: Node): string[] => [
  ...commands.map(({ name }) => name),
  ...(words ?? []),
];
