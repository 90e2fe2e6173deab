/** One `key = value` of a file. */
export interface FileEntry {
  /** In its original spelling. */
  key: string;
  value: string;
  /** In lower case; empty above the first section. */
  section: string;
  /** Counted from 1. */
  line: number;
}

export interface ParsedFile {
  entries: FileEntry[];
  /** The numbers of lines that are neither a key, a section, a comment nor empty. */
  strays: number[];
}

/**
 * Parses an app.conf as beego does, the go server's framework: `key = value` lines, `[sections]`,
 * lines with comments after `#` or `;`, values with or without double quotes, and
 * `${NAME||default}` for variables of the environment. Also accepts comments that follow a value
 * after ` //`, as the go server's README has them.
 */
export function parseAppConf(
  text: string,
  environment: Record<string, string | undefined>,
): ParsedFile {
  const entries: FileEntry[] = [];
  const strays: number[] = [];
  let section = "";
  for (const [index, raw] of text.split("\n").entries()) {
    const line = withoutComment(raw.trim());
    if (line === "") continue;
    const heading = /^\[([^\]]*)\]$/.exec(line);
    const entry = /^([^=]+)=(.*)$/.exec(line);
    if (heading !== null) section = (heading[1] ?? "").trim().toLowerCase();
    else if (entry === null) strays.push(index + 1);
    else
      entries.push({
        key: (entry[1] ?? "").trim(),
        value: expand(unquoted((entry[2] ?? "").trim()), environment),
        section,
        line: index + 1,
      });
  }
  return { entries, strays };
}

/** In an address the slashes follow a colon, in a comment a space. */
function withoutComment(line: string): string {
  if (/^(#|;|\/\/)/.test(line)) return "";
  const quoted = /^([^="]+=\s*"[^"]*")\s*(\/\/.*)?$/.exec(line);
  return quoted === null ? line.replace(/\s\/\/.*$/, "").trimEnd() : (quoted[1] ?? "");
}

const unquoted = (value: string): string => /^"(.*)"$/.exec(value)?.[1] ?? value;

/** Replaces a value that is `${NAME}` or `${NAME||default}`. */
function expand(value: string, environment: Record<string, string | undefined>): string {
  const variable = /^\$\{([^|}]+)(?:\|\|([^}]*))?\}$/.exec(value);
  if (variable === null) return value;
  const [, name = "", fallback = ""] = variable;
  return environment[name.trim()] || fallback;
}
