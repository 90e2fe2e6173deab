import { INTERFACES, type InterfaceDescriptor } from "./interfaces.ts";

const CALLERS: Readonly<Record<string, string>> = { anyone: "open", admin: "admin" };

function row({ name, para, caller, message, returns }: InterfaceDescriptor): string {
  const members = Object.entries(para).map(([member, { isOptional }]) =>
    isOptional ? `·${member}` : member,
  );
  const who = CALLERS[caller] ?? `\`${caller}\``;
  return `| \`${name}\` | ${members.join(", ")} | ${who} | ${message} | ${returns} |`;
}

/** Returns the table of all interfaces, in Markdown. */
export const interfaceTable = (): string =>
  [
    "| interfaceName | para | who | returnMessage on success | returnData |",
    "|---|---|---|---|---|",
    ...INTERFACES.map(row),
  ].join("\n");
