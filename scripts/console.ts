/**
 * Builds the pages of the console into dist/console/: files with hashed names, each compressed, and
 * the page that loads them. The executable has them inside. `npm run dev` runs it with `--watch`,
 * which builds them again after each change.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BuildConfig, BunPlugin } from "bun";

/** The name of the page among the files. */
const PAGE = "index.html";

/** The script of the first page beside the one that starts the console. */
const FIRST_PAGE_SCRIPT = "overview-page";

/** Kilobytes of gzip that a browser loads until the first page is there. */
const FIRST_PAGE_KB = 175;
/** Kilobytes of gzip of all files. */
const ALL_FILES_KB = 210;

/** Options of the bundler for the files of the console. */
export const consoleBundleOptions = (root: string): BuildConfig => ({
  entrypoints: [join(root, "src/console/main.tsx")],
  root: join(root, "src/console"),
  target: "browser",
  minify: true,
  splitting: true,
  sourcemap: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]" },
  metafile: true,
});

/**
 * Builds the files into dist/console/, each as `<name>.gz`, and returns that folder.
 *
 * @throws Error when the bundler fails, or the files have outgrown their budget
 */
export async function buildConsole(root: string): Promise<string> {
  const { outputs, metafile } = await Bun.build(consoleBundleOptions(root));
  const zipped = new Map<string, Uint8Array>();
  const add = (name: string, bytes: Uint8Array<ArrayBuffer>): void => {
    zipped.set(name, Bun.gzipSync(bytes, { level: 9 }));
  };
  for (const output of outputs)
    add(basename(output.path), new Uint8Array(await output.arrayBuffer()));
  const names = [...zipped.keys()];
  const entry = outputs.find(({ kind }) => kind === "entry-point");
  const styles = names.filter((name) => name.endsWith(".css"));
  const firstScript = names.find((name) => name.startsWith(`${FIRST_PAGE_SCRIPT}-`));
  if (entry === undefined || firstScript === undefined || metafile === undefined)
    throw new Error("Bun has built no console");
  const script = basename(entry.path);
  add(PAGE, new TextEncoder().encode(page(script, styles)));
  const sizeOf = (some: Iterable<string>): number =>
    [...some].reduce((sum, name) => sum + (zipped.get(name)?.length ?? 0), 0) / 1024;
  const first = withImports([script, firstScript], metafile);
  hold("the first page", sizeOf([PAGE, ...styles, ...first]), FIRST_PAGE_KB);
  hold("the console", sizeOf(zipped.keys()), ALL_FILES_KB);
  return write(join(root, "dist/console"), zipped);
}

/** Returns scripts and those that load with them. */
function withImports(scripts: readonly string[], { outputs }: Bun.BuildMetafile): Set<string> {
  const found = new Set(scripts);
  // The loop also visits what is added during it.
  for (const name of found) {
    const output = Object.entries(outputs).find(([path]) => basename(path) === name)?.[1];
    for (const { path, kind } of output?.imports ?? [])
      if (kind === "import-statement") found.add(basename(path));
  }
  return found;
}

/** Returns the page, which has neither script nor style of its own. */
const page = (script: string, styles: readonly string[]): string =>
  [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    "<title>waferd</title>",
    '<link rel="icon" href="data:,">',
    ...styles.map((name) => `<link rel="stylesheet" href="/console/${name}">`),
    `<script type="module" src="/console/${script}"></script>`,
    "</head>",
    '<body><div id="console"></div></body>',
    "</html>",
    "",
  ].join("\n");

function hold(what: string, kilobytes: number, most: number): void {
  if (kilobytes > most)
    throw new Error(`${what} has ${kilobytes.toFixed(1)} KB of gzip, more than its ${most} KB`);
}

/** Writes the files, then removes those of an earlier build. */
function write(folder: string, files: ReadonlyMap<string, Uint8Array>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, `${name}.gz`), bytes);
  for (const file of readdirSync(folder))
    if (!files.has(file.replace(/\.gz$/, ""))) rmSync(join(folder, file));
  return folder;
}

/**
 * Returns a plugin that puts the console's files into the executable, in the place of the module
 * that finds them in dist/console/ when the server runs from its sources.
 *
 * @param folder what {@link buildConsole} returned
 */
export function consoleFiles(folder: string): BunPlugin {
  const files = readdirSync(folder).sort();
  const imports = files.map(
    (file, index) =>
      `import file${index} from ${JSON.stringify(join(folder, file))} with { type: "file" };`,
  );
  const entries = files.map(
    (file, index) => `[${JSON.stringify(file.replace(/\.gz$/, ""))}, file${index}]`,
  );
  return {
    name: "console-files",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]http[\\/]console[\\/]files\.ts$/ }, () => ({
        contents: `${imports.join("\n")}
const files = new Map([${entries.join(", ")}]);
export const zippedFile = (name) => files.get(name) ?? null;`,
        loader: "js",
      }));
    },
  };
}

/** Builds the files, and again after each change of a source, until the process is ended. */
async function watchConsole(root: string): Promise<void> {
  const attempt = () => buildConsole(root).catch((error) => console.error(error));
  await attempt();
  for await (const _ of watch(join(root, "src/console"), { recursive: true })) await attempt();
}

if (import.meta.main) {
  const root = join(import.meta.dir, "..");
  await (process.argv.includes("--watch") ? watchConsole(root) : buildConsole(root));
}
