import { Option } from "commander";
import { type Given, refusedSecret, textOption } from "./api-command.ts";
import type { Io } from "./io.ts";
import { readSecret } from "./terminal/prompt.ts";

/** Makes the flags for a secret, and a hidden one that refuses it on the command line. */
export const secretOptions = (what: string): Option[] => [
  new Option("--secret-file <file>", `read ${what} from a file`),
  new Option("--secret-stdin", `read ${what} from standard input`).conflicts("secretFile"),
  refusedSecret(
    "secret",
    "leave it out to be asked, or give it by --secret-file <file> or --secret-stdin",
  ),
];

/** Tells whether one of the flags was given. */
export const isSecretGiven = (given: Given): boolean =>
  given["secretFile"] !== undefined || given["secretStdin"] === true;

/**
 * Reads the secret by the given flags.
 *
 * @param what its name for people: `the AppSecret of wx1234`
 */
export const secretOf = (io: Io, given: Given, what: string): Promise<string> =>
  readSecret(io, {
    what,
    flag: "secret",
    file: textOption(given, "secretFile"),
    stdin: given["secretStdin"] === true,
  });

/** Makes the flag that confirms what cannot be undone. */
export const yesOption = (): Option => new Option("-y, --yes", "do not ask");
