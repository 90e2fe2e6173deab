import type { Command } from "commander";
import { nearest } from "../config/nearest.ts";

/** Words that other programs have for commands and flags of this one. */
const SYNONYMS: Readonly<Record<string, string>> = {
  version: "--version",
  ...{ start: "serve", run: "serve", server: "serve", daemon: "serve", init: "serve" },
  ...{ ls: "list", ps: "status", info: "status", check: "doctor" },
  ...{ rm: "remove", del: "remove", delete: "remove", unregister: "remove" },
  ...{ new: "add", create: "add", register: "add", set: "update", edit: "update" },
  ...{ get: "show", view: "show", dump: "export", load: "import", keys: "key", apps: "app" },
};

/** Makes a command's errors name the command or the flag that was probably meant. */
export const suggestMeant = (command: Command): Command =>
  command.configureOutput({
    outputError: (text, write) => write(withSuggestion(command, text)),
  });

function withSuggestion(command: Command, text: string): string {
  const [, flag] = /^error: unknown option '([^'=]*)/.exec(text) ?? [];
  if (flag !== undefined) return told(text, nearestFlag(command, flag));
  const [, name] = /^error: unknown command '([^']*)'/.exec(text) ?? [];
  if (name === undefined) return text;
  const names = [...command.commands.map((one) => one.name()), "--version"];
  const synonym = SYNONYMS[name.toLowerCase()];
  return told(text, synonym !== undefined && names.includes(synonym) ? synonym : null);
}

/** Looks through all the flags, of which help shows a part, and of which some have two names. */
function nearestFlag(command: Command, flag: string): string | null {
  const flags = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
  const found = nearest(
    flag.replace(/^-+/, ""),
    flags.map((name) => name.replace(/^-+/, "")),
  );
  return found === null ? null : `--${found}`;
}

/** Returns an error with this suggestion in place of commander's own, if there is one. */
const told = (text: string, meant: string | null): string =>
  meant === null ? text : `${text.split("\n")[0]}\n(Did you mean ${meant}?)\n`;
