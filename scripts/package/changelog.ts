/** A released version in CHANGELOG.md. */
export interface ReleaseNotes {
  version: string;
  /** Day of the release, such as 2026-11-21. */
  date: string;
  /** Each change in one line, with its kind: `Added: a sandbox`. */
  changes: readonly string[];
}

const COLUMNS = 78;

/**
 * Reads the released versions of a changelog in the format of Keep a Changelog, newest first.
 * `Unreleased` is left out.
 *
 * @param markdown content of CHANGELOG.md
 */
export function releasesIn(markdown: string): ReleaseNotes[] {
  const sections = markdown.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const [, version, date] =
      /^\[?(\d+\.\d+\.\d+[^\]\s]*)\]? - (\d{4}-\d\d-\d\d)$/m.exec(section) ?? [];
    if (version === undefined || date === undefined) return [];
    const changes = section.split(/^### /m).slice(1).flatMap(changesOf);
    return [{ version, date, changes }];
  });
}

/** Returns the bullets below one heading such as `Added`. */
function changesOf(group: string): string[] {
  const [kind = "", ...bullets] = group.split(/^- /m);
  return bullets.map((bullet) => `${kind.trim()}: ${plainText(bullet)}`);
}

const plainText = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("`", "")
    .replace(/\s+/g, " ")
    .trim();

/**
 * Writes a changelog in Debian's format (deb-changelog(5)).
 *
 * @param maintainer `name <address>`
 */
export const debianChangelog = (releases: readonly ReleaseNotes[], maintainer: string): string =>
  releases
    .map(({ version, date, changes }) => {
      const time = new Date(`${date}T00:00:00Z`).toUTCString().replace("GMT", "+0000");
      const entries = changes.map((change) => wrapped(change)).join("\n");
      return `waferd (${version}) unstable; urgency=medium\n\n${entries}\n\n -- ${maintainer}  ${time}\n`;
    })
    .join("\n");

/** Breaks a change into lines, the first with Debian's bullet. */
function wrapped(change: string): string {
  const lines: string[] = [];
  let line = "  *";
  for (const word of change.split(" ")) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
