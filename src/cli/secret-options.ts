import { Option } from "commander";
import { type Given, refusedSecret, textOption } from "./api-command.ts";
import type { Io } from "./io.ts";
import { readSecret } from "./terminal/prompt.ts";

/** The flags by which a secret comes in, and the one that does not exist. */
export const secretOptions = (what: string): Option[] => [
  new Option("--secret-file <file>", `read ${what} from a file`),
  new Option("--secret-stdin", `read ${what} from standard input`).conflicts("secretFile"),
  refusedSecret(
    "secret",
    "leave it out to be asked, or give it by --secret-file <file> or --secret-stdin",
  ),
];

/** Whether one of the flags was given. */
export const isSecretGiven = (given: Given): boolean =>
  given["secretFile"] !== undefined || given["secretStdin"] === true;

/** @param what for people: `the AppSecret of wx1234` */
export const secretOf = (io: Io, given: Given, what: string): Promise<string> =>
  readSecret(io, {
    what,
    flag: "secret",
    file: textOption(given, "secretFile"),
    stdin: given["secretStdin"] === true,
  });

/** The flag that agrees to what cannot be undone. */
export const yesOption = (): Option => new Option("-y, --yes", "do not ask");
