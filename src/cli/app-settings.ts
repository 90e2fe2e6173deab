import { Option } from "commander";
import { type Given, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";

/** The flags of an app's settings. The API says what their limits are. */
export const settingOptions = (): Option[] => [
  new Option("--title <title>", "a name for people"),
  new Option("--login-duration-days <days>", "days after which a login lapses, visited or not"),
  new Option(
    "--session-duration-seconds <seconds>",
    "seconds after its last visit when a session lapses",
  ),
  new Option(
    "--sessions-per-user <number>",
    "devices that a user may be logged in on at once; `default` follows the option sessions_per_user",
  ),
  new Option("--token-endpoint <endpoint>", "where access tokens come from").choices([
    "stable",
    "legacy",
  ]),
];

/** The settings that were given, as the API spells them. */
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
