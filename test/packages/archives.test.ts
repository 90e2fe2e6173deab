/** The packages that `npm run package` makes. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { stage, tarGz, zip } from "../../scripts/package/archive.ts";
import { debianChangelog, releasesIn } from "../../scripts/package/changelog.ts";
import { isSignatureRight, signAdHoc } from "../../scripts/package/mach-o.ts";
import { portableArchive } from "../../scripts/package/portable.ts";
import { TARGETS } from "../../scripts/package/targets.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import { HOST, PACKING_LIMIT, type Packages, PROJECT, packages, run, VERSION } from "./made.ts";

// Packages are large, and the machine may be busy.
setDefaultTimeout(60_000);

const NAME = `waferd-${VERSION}-${HOST?.name}`;
let made: Packages;
beforeAll(async () => {
  made = await packages();
}, PACKING_LIMIT);

test("npm run package makes every package, and SHA256SUMS has the sum of each", () => {
  expect(made.files).toEqual([
    "SHA256SUMS",
    `${NAME}.tar.gz`,
    `waferd-${VERSION}-tencent-scf.zip`,
    `waferd-${VERSION}.cdx.json`,
    `waferd_${VERSION}_${HOST?.debian}.deb`,
  ]);
  const { status, output } = run(["sha256sum", "--strict", "-c", "SHA256SUMS"], {
    cwd: made.folder,
  });
  expect(status).toBe(0);
  expect(output.trim().split("\n")).toHaveLength(made.files.length - 1);
});

test("the tar.gz has every file that its README names, owned by root", () => {
  const { output } = run(["tar", "--numeric-owner", "-tvzf", made.path(".tar.gz")]);
  const lines = output.trim().split("\n");
  expect(lines.filter((line) => !/^\S+ 0\/0 /.test(line))).toEqual([]);
  const entries = lines.map((line) => `${line.slice(0, 10)} ${line.split(" ").at(-1)}`);
  for (const entry of [
    "-rwxr-xr-x waferd",
    "-rwxr-xr-x control.sh",
    "-rw-r--r-- app.conf",
    "-rw-r--r-- waferd.service",
    "-rw-r--r-- README.md",
    "-rw-r--r-- README.zh-CN.md",
    "-rw-r--r-- LICENSE",
    "-rw-r--r-- THIRD-PARTY-LICENCES.txt",
  ])
    expect(entries).toContain(entry.replace(" ", ` ${NAME}/`));
  using folder = tempFolder();
  run(["tar", "-xzf", made.path(".tar.gz"), "-C", folder.path, "--wildcards", "*.md"]);
  const pages = readdirSync(folder.path, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".md"),
  );
  const links = pages.flatMap((page) =>
    [...readFileSync(join(folder.path, page), "utf8").matchAll(/\]\(([^):#]+)(#[^)]*)?\)/g)].map(
      ([, link = ""]) => join(page, "..", link),
    ),
  );
  expect(links.length).toBeGreaterThan(20);
  for (const link of links) expect(entries).toContain(`-rw-r--r-- ${link}`);
});

test.each([
  { name: "linux-arm64", format: "tar.gz", own: ["control.sh", "waferd", "waferd.service"] },
  { name: "darwin-arm64", format: "tar.gz", own: ["control.sh", "waferd"] },
  { name: "windows-x64", format: "zip", own: ["waferd.exe"] },
])(
  "the archive for $name has the common files and those of its platform",
  async ({ name, format, own }) => {
    using folder = tempFolder();
    const target = TARGETS.find((one) => one.name === name);
    if (target === undefined) throw new Error(`no target ${name}`);
    const executable = join(folder.path, "executable");
    writeFileSync(executable, "");
    const release = {
      ...{ root: PROJECT, out: folder.path, work: join(folder.path, "work"), version: VERSION },
      ...{ seconds: 1_700_000_000, maintainer: "", licences: "" },
    };
    await portableArchive(release, target, executable);
    const archive = join(folder.path, `waferd-${VERSION}-${name}.${format}`);
    const listed = run(
      format === "zip" ? ["unzip", "-Z1", archive] : ["tar", "-tzf", archive],
    ).output;
    const files = listed
      .split("\n")
      .map((path) => path.split("/"))
      .filter((path) => path.length === 2 && path[1] !== "")
      .map(([, file = ""]) => file);
    const common = [
      "LICENSE",
      "README.md",
      "README.zh-CN.md",
      "THIRD-PARTY-LICENCES.txt",
      "app.conf",
    ];
    expect(files.sort()).toEqual([...common, ...own]);
  },
);

test("the executable in the tar.gz prints the version, and accepts the app.conf beside it", () => {
  using folder = tempFolder();
  run(["tar", "-xzf", made.path(".tar.gz"), "-C", folder.path]);
  const cwd = join(folder.path, NAME);
  expect(run(["./waferd", "--version"], { cwd })).toEqual({ status: 0, output: `${VERSION}\n` });
  const check = run(["./waferd", "config", "check", "--config", "app.conf"], { cwd });
  expect(check).toEqual({ status: 0, output: "the configuration is right\n" });
  const licences = readFileSync(join(cwd, "THIRD-PARTY-LICENCES.txt"), "utf8");
  expect(licences).toMatch(/^bun [\d.]+,.*JavaScriptCore.*^elysia .*OpenLDAP Public License/ms);
  expect(licences).not.toContain("@biomejs");
});

test("the executable does not contain the path of the folder in which it was built", () => {
  const executable = readFileSync(EXECUTABLE);
  for (const encoding of ["utf8", "utf16le"] as const)
    expect(executable.includes(Buffer.from(`${PROJECT}/node_modules`, encoding))).toBe(false);
});

test("the SBOM lists the bundled packages with the locked hashes, and no registry", () => {
  const text = readFileSync(made.path(".cdx.json"), "utf8");
  expect(text).not.toMatch(/registry|https?:\/\/(?!cyclonedx\.org)/);
  const bom = JSON.parse(text);
  const purls: string[] = bom.components.map(({ purl }: { purl: string }) =>
    purl.replace(/@[^@]*$/, ""),
  );
  for (const name of [
    "bun",
    "elysia",
    "lmdb",
    "commander",
    "pino",
    "react-dom",
    "tdesign-react",
    "uplot",
    `%40lmdb/lmdb-${HOST?.addon.platform}`,
  ])
    expect(purls).toContain(`pkg:npm/${name}`);
  for (const name of ["typescript", "%40biomejs/biome", "express", "axe-core"])
    expect(purls).not.toContain(`pkg:npm/${name}`);
  const lock = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8"));
  const elysia = bom.components.find(({ name }: { name: string }) => name === "elysia");
  const { version, integrity } = lock.packages["node_modules/elysia"];
  expect(elysia.version).toBe(version);
  expect(`sha512-${Buffer.from(elysia.hashes[0].content, "hex").toString("base64")}`).toBe(
    integrity,
  );
  const refs = new Set([bom.metadata.component, ...bom.components].map((one) => one["bom-ref"]));
  expect(refs.size).toBe(bom.components.length + 1);
  const graph: { ref: string; dependsOn: string[] }[] = bom.dependencies;
  for (const { ref, dependsOn } of graph)
    for (const one of [ref, ...dependsOn]) expect(refs.has(one)).toBe(true);
  for (const direct of ["bun", "elysia", "react"])
    expect(graph[0]?.dependsOn).toContain(
      bom.components.find(({ name }: { name: string }) => name === direct)["bom-ref"],
    );
});

test("tarGz() and zip() make the same archives of the same files at any time and with any umask", async () => {
  using folder = tempFolder();
  const files = {
    "a/b": { text: "one", executable: true },
    "a/a": { text: "two" },
    c: { text: "three" },
  };
  const make = async (umask: number, first: string[]) => {
    const before = process.umask(umask);
    try {
      rmSync(join(folder.path, "x"), { recursive: true, force: true });
      const sorted = Object.fromEntries(
        first.map((path) => [path, files[path as keyof typeof files]]),
      );
      stage(join(folder.path, "x"), sorted, 1_700_000_000);
    } finally {
      process.umask(before);
    }
    await tarGz(folder.path, "x", join(folder.path, "x.tar.gz"), 1_700_000_000);
    await zip(folder.path, ["x"], join(folder.path, "x.zip"));
    return ["x.tar.gz", "x.zip"].map((name) =>
      createHash("sha256")
        .update(readFileSync(join(folder.path, name)))
        .digest("hex"),
    );
  };
  expect(await make(0o077, ["a/b", "a/a", "c"])).toEqual(await make(0o002, ["a/b", "a/a", "c"]));
});

test("the .deb has the default maintainer, and --maintainer must be a name and an address", () => {
  const fields = run(["dpkg-deb", "-f", made.path(".deb"), "Maintainer", "Version"]).output;
  expect(fields).toBe(
    `Maintainer: the waferd authors <nobody@waferd.invalid>\nVersion: ${VERSION}\n`,
  );
  const script = join(PROJECT, "scripts/package.ts");
  const { status, output } = run([process.execPath, script, "--maintainer", "Jane Doe"]);
  expect(status).toBe(2);
  expect(output).toContain('such as "Jane Doe <jane@example.com>"');
});

test("the .deb has a manual page and all licences, and its files have the time of the source", () => {
  const list = run(["dpkg-deb", "-c", made.path(".deb")])
    .output.trim()
    .split("\n");
  const paths = list.map((line) => line.split(" ").at(-1));
  for (const path of [
    "./usr/share/man/man1/waferd.1.gz",
    "./usr/share/doc/waferd/copyright",
    "./usr/share/doc/waferd/THIRD-PARTY-LICENCES.txt",
    "./usr/share/lintian/overrides/waferd",
    "./usr/share/bash-completion/completions/waferd",
    "./usr/share/zsh/vendor-completions/_waferd",
    "./usr/share/fish/vendor_completions.d/waferd.fish",
  ])
    expect(paths).toContain(path);
  const times = list.map((line) => / (\d{4}-\d\d-\d\d \d\d:\d\d) \./.exec(line)?.[1]);
  expect(new Set(times).size).toBe(1);
});

test("the changelog of the .deb is made from CHANGELOG.md", () => {
  using folder = tempFolder();
  run(["dpkg-deb", "-x", made.path(".deb"), folder.path]);
  const packed = readFileSync(join(folder.path, "usr/share/doc/waferd/changelog.gz"));
  const releases = releasesIn(readFileSync(join(PROJECT, "CHANGELOG.md"), "utf8"));
  const maintainer = "the waferd authors <nobody@waferd.invalid>";
  expect(gunzipSync(packed).toString()).toBe(debianChangelog(releases, maintainer));
});

test("npm run package refuses an unknown target, and lists the known ones", () => {
  const script = join(PROJECT, "scripts/package.ts");
  const { status, output } = run([process.execPath, script, "--targets", "linux-x64,beos"]);
  expect(status).toBe(2);
  expect(output).toMatch(/^no such target: beos; there are linux-x64, .*windows-x64\n$/);
});

/**
 * Makes the parts of a Mach-O executable that matter for its signature: three pages, the last one
 * partly filled.
 */
function machO(): Buffer {
  const file = Buffer.alloc(2 * 4096 + 100, 7);
  const segment = (at: number, name: string, offset: number, size: number): void => {
    file.fill(0, at, at + 72);
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(72, at + 4);
    file.write(name, at + 8);
    file.writeBigUInt64LE(BigInt(offset), at + 40);
    file.writeBigUInt64LE(BigInt(size), at + 48);
  };
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(3, 16);
  segment(32, "__TEXT", 0, 4096);
  segment(104, "__LINKEDIT", 4096, 4196);
  file.writeUInt32LE(0x1d, 176);
  file.writeUInt32LE(16, 180);
  file.writeUInt32LE(file.length, 184);
  return Buffer.concat([file, Buffer.alloc(64)]);
}

test("isSignatureRight() is false after a change of any page that signAdHoc() signed", () => {
  using folder = tempFolder();
  const path = join(folder.path, "executable");
  writeFileSync(path, machO());
  signAdHoc(path);
  expect(isSignatureRight(path)).toBe(true);
  const signed = readFileSync(path);
  // The segment ends where the file ends.
  expect(signed.readBigUInt64LE(104 + 40) + signed.readBigUInt64LE(104 + 48)).toBe(
    BigInt(signed.length),
  );
  for (const place of [300, 4096, 2 * 4096 + 99]) {
    const changed = join(folder.path, `changed-${place}`);
    copyFileSync(path, changed);
    const bytes = Buffer.from(signed);
    bytes[place] = 8;
    writeFileSync(changed, bytes);
    expect(isSignatureRight(changed)).toBe(false);
  }
});
