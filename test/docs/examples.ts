import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";

/** The server's address and data folder in a page's commands. */
const PAGE_URL = "http://127.0.0.1:8888";
const PAGE_DATA = "data/";

/** A shell block of a page and the block with its answer directly after it. */
const EXAMPLE = /```sh\n(?<command>[^`]*)```\n\n```json\n(?<answer>[^`]*)```/g;

/**
 * Runs a page's examples, in their order and in one shell, against a new sandbox of the executable.
 *
 * @param page Markdown
 * @returns the page with the answers of this run, except those that differ only by chance
 */
export async function runExamples(page: string): Promise<string> {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const marker = "--- answer ---";
  const commands = [...page.matchAll(EXAMPLE)].map((match) => match.groups?.["command"] ?? "");
  const script = commands.map((command) => `${command}\necho; echo '${marker}'`).join("\n");
  const shell = Bun.spawnSync(["bash", "-c", here(script, waferd)]);
  const output = shell.stdout.toString();
  noteSecret(waferd.adminKey, ...secretsOf(script), ...(output.match(/\b[0-9a-f]{64}\b/g) ?? []));
  noteSecret(...(output.match(/\b(stable|token|ticket)_[0-9a-f]+\b/g) ?? []));
  const answers = output.split(marker);
  if (answers.length !== commands.length + 1)
    throw new Error(`the examples broke off: ${shell.stderr}`);
  let index = 0;
  return page.replace(EXAMPLE, (_example, command: string, old: string) => {
    const fresh = `${JSON.stringify(JSON.parse(answers[index++] ?? ""), null, 2)}\n`;
    return `\`\`\`sh\n${command}\`\`\`\n\n\`\`\`json\n${isByChance(old, fresh) ? old : fresh}\`\`\``;
  });
}

/** Returns the AppSecrets in a script. */
const secretsOf = (script: string): string[] =>
  [...script.matchAll(/"(?:agent)?secret":"([^"]*)"/g)].map((match) => match[1] ?? "");

const here = (script: string, waferd: Waferd): string =>
  script.replaceAll(PAGE_URL, waferd.url).replaceAll(PAGE_DATA, `${waferd.dataDir}/`);

/**
 * Returns a page without the parts that differ between runs: random ids, keys and ciphertexts, and
 * elapsed seconds.
 */
export function withoutChance(page: string): string {
  return page
    .replace(/"(encryptedData|encrypt_data|iv|signature)": "[^"]*"/g, '"$1": "…"')
    .replace(/"returnData": "[A-Za-z0-9+/=]{40,}"/g, '"returnData": "<signature>"')
    .replace(/\b[0-9a-f]{64}\b/g, "<64 hex digits>")
    .replace(/\b[0-9a-f]{32}\b/g, "<32 hex digits>")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}\b/g, "<rid>")
    .replace(/"duration": 25919\d\d/g, '"duration": 2592000')
    .replace(/\b(stable|token|ticket)_[0-9a-f]+\b/g, "<$1>")
    .replace(/"(timestamp|exp)": \d+/g, '"$1": 0');
}

/** Tells whether two texts differ only in the parts that differ between runs, or not at all. */
export const isByChance = (one: string, other: string): boolean =>
  withoutChance(one) === withoutChance(other);

/** Returns the page of options with this table in its place. */
export const withOptions = (page: string, table: string): string =>
  page.replace(/(<!-- options:[^\n]*-->\n).*(<!-- end of options -->)/s, `$1\n${table}\n\n$2`);

/** Returns a page with the table of interfaces in its place. */
export const withInterfaces = (page: string, table: string): string =>
  page.replace(
    /(<!-- interfaces:start -->\n).*(<!-- interfaces:end -->)/s,
    (_all, start: string, end: string) => `${start}\n${table}\n\n${end}`,
  );

/** Returns the page on commands with this table in its place. */
export const withCommands = (page: string, table: string): string =>
  page.replace(/(<!-- commands:[^\n]*-->\n).*(<!-- end of commands -->)/s, `$1\n${table}\n\n$2`);
