import { Option } from "commander";
import { type Given, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";

/** Makes the flags of an app's settings. The API checks their limits. */
export const settingOptions = (): Option[] => [
  new Option("--title <title>", "a name for people"),
  new Option("--login-duration-days <days>", "days after which a login lapses, even with visits"),
  new Option(
    "--session-duration-seconds <seconds>",
    "seconds after its last visit until a session lapses",
  ),
  new Option(
    "--sessions-per-user <number>",
    "devices that a user may be logged in on at once; `default` uses the option sessions_per_user",
  ),
  new Option("--token-endpoint <endpoint>", "where access tokens come from").choices([
    "stable",
    "legacy",
  ]),
];

/** Returns the given settings under the names of the API. */
export function settingsOf(given: Given): Record<string, string | number | null> {
  const settings: Record<string, string | number | null> = {};
  for (const name of ["title", "tokenEndpoint"]) {
    const value = textOption(given, name);
    if (value !== null) settings[name] = value;
  }
  for (const name of ["loginDurationDays", "sessionDurationSeconds", "sessionsPerUser"]) {
    const value = textOption(given, name);
    if (value === null) continue;
    settings[name] =
      name === "sessionsPerUser" && value === "default" ? null : numberOf(name, value);
  }
  return settings;
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usageFailure(`--${flag} must be a whole number, not "${text}"`);
}
