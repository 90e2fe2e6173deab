import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { debianChangelog, releasesIn } from "../../scripts/package/changelog.ts";

const MAINTAINER = "Jane Doe <jane@example.com>";
const MARKDOWN = `# Changelog

## [Unreleased]

### Added

- Something to come.

## [1.1.0] - 2026-03-01

### Added

- \`--verbose\`, which [the page on
  commands](docs/commands.md) describes.

### Fixed

- A crash.

## [1.0.0] - 2026-02-01

### Added

- The first version.
`;

test("releasesIn() leaves out Unreleased, and gives each bullet its kind and one line without Markdown", () => {
  expect(releasesIn(MARKDOWN)).toEqual([
    {
      version: "1.1.0",
      date: "2026-03-01",
      changes: ["Added: --verbose, which the page on commands describes.", "Fixed: A crash."],
    },
    { version: "1.0.0", date: "2026-02-01", changes: ["Added: The first version."] },
  ]);
});

test("debianChangelog() writes the releases newest first, with the maintainer and the day", () => {
  expect(
    debianChangelog(releasesIn(MARKDOWN), MAINTAINER),
  ).toBe(`waferd (1.1.0) unstable; urgency=medium

  * Added: --verbose, which the page on commands describes.
  * Fixed: A crash.

 -- ${MAINTAINER}  Sun, 01 Mar 2026 00:00:00 +0000

waferd (1.0.0) unstable; urgency=medium

  * Added: The first version.

 -- ${MAINTAINER}  Sun, 01 Feb 2026 00:00:00 +0000
`);
});

test("debianChangelog() breaks a long change before column 79 and indents what follows", () => {
  const change = `Added: ${"word ".repeat(30).trim()}`;
  const lines = debianChangelog(
    [{ version: "1.0.0", date: "2026-02-01", changes: [change] }],
    MAINTAINER,
  )
    .split("\n")
    .slice(2, -3);
  expect(lines.length).toBe(3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(78);
  expect(lines.slice(1).every((line) => /^ {4}\S/.test(line))).toBe(true);
});

test("CHANGELOG.md has an Unreleased section and, as its newest release, the version of package.json", () => {
  const markdown = readFileSync(join(import.meta.dir, "../../CHANGELOG.md"), "utf8");
  expect(markdown).toContain("\n## [Unreleased]\n");
  const [newest] = releasesIn(markdown);
  expect(newest?.version).toBe(packageJson.version);
  expect(newest?.changes.length).toBeGreaterThan(0);
});
