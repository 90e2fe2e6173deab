/**
 * Proves the direction of imports: which folder of src/ may import which, and where each outside package may be used.
 * Type-only imports count too. Tests beside the source may import anything.
 */

import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "..");

/** What each folder of src/ may import beside itself. `main` is main.ts, the composition root, with its folder. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  main: ["cli", "config", "core", "http", "sandbox", "store", "supervisor", "telemetry", "wechat"],
  cli: ["config", "core", "http"],
  http: ["core"],
  sandbox: ["core", "crypto"],
  store: ["core", "crypto"],
  wechat: ["core"],
  telemetry: ["core"],
  supervisor: ["core"],
  config: ["core"],
  core: ["crypto"],
  crypto: [],
};

/** The one place of each outside package, as a prefix of paths below src/. Every package has to be here. */
const PACKAGE_PLACES: Record<string, readonly string[]> = {
  elysia: ["http/"],
  "@elysiajs/cors": ["http/"],
  "@elysiajs/swagger": ["http/openapi/"],
  "swagger-ui-dist": ["http/openapi/"],
  lmdb: ["store/lmdb/"],
  "bun:ffi": ["supervisor/"],
  undici: ["wechat/", "cli/api/"],
  pino: ["telemetry/"],
  "pino-pretty": ["telemetry/"],
  "prom-client": ["telemetry/"],
  "cli-progress": ["cli/"],
  commander: ["cli/"],
  "@sinclair/typebox": ["config/", "http/", "sandbox/", "cli/"],
};

/** Built-in modules and globals that reach outside, and the layers that must do without. */
const IMPURE =
  /\b(process[.[]|set(Interval|Timeout|Immediate)\b|Date\.now|new Date\(\)|performance\.now|Math\.random|Bun\.(?!CryptoHasher|SHA256)\w+)/;
/** A call of the global, not a method of that name. */
const GLOBAL_FETCH = /(?:await|return|=|\(|,)\s*fetch\(/;
const BUILT_INS_OF_PURE_LAYERS: Record<string, readonly string[]> = { core: [], crypto: ["node:crypto"] };

/** `import … from "x"`, `export … from "x"`, `import "x"` and `import("x")`. */
const IMPORT =
  /^\s*(?:import|export)\b[\w\s{},*$]*\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["'`]([^"'`]+)["'`]/gm;

const layerOf = (path: string): string => path.split("/")[0]?.replace(/\.ts$/, "") ?? "";
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** What is wrong with one import of one file, or null. */
export function importProblem(file: string, specifier: string): string | null {
  const layer = layerOf(file);
  const allowed = MAY_IMPORT[layer];
  if (allowed === undefined) return `src/${layer}/ is no layer: add it to MAY_IMPORT with what it may import`;
  if (specifier.startsWith(".")) {
    const target = relative("src", join("src", dirname(file), specifier));
    if (target.startsWith("..")) return layer === "main" ? null : `${specifier} lies outside of src/`;
    const to = layerOf(target);
    return to === layer || allowed.includes(to) ? null : `${layer} must not import ${to} (${specifier})`;
  }
  if (specifier.startsWith("node:") || specifier === "bun")
    return BUILT_INS_OF_PURE_LAYERS[layer]?.includes(specifier) === false
      ? `${layer} must not import ${specifier}`
      : null;
  const places = PACKAGE_PLACES[packageOf(specifier)];
  if (places === undefined) return `${specifier} has no place yet: add it to PACKAGE_PLACES`;
  return places.some((place) => file.startsWith(place))
    ? null
    : `${specifier} belongs to ${places.join(", ")} only`;
}

const withoutComments = (source: string): string => source.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");

/** Every problem of one source file, by line. */
export function fileProblems(file: string, source: string): string[] {
  const problems: string[] = [];
  for (const match of source.matchAll(IMPORT)) {
    const problem = importProblem(file, match[1] ?? match[2] ?? match[3] ?? "");
    if (problem !== null) problems.push(`src/${file}: ${problem}`);
  }
  const isPure = layerOf(file) in BUILT_INS_OF_PURE_LAYERS;
  const code = withoutComments(source);
  const impure = isPure ? (IMPURE.exec(code) ?? GLOBAL_FETCH.exec(code)) : null;
  if (impure !== null) problems.push(`src/${file}: ${layerOf(file)} must get ${impure[0]} by a port`);
  if (file !== "main.ts" && /\b(process\.env|process\[|Bun\.env)/.test(source))
    problems.push(`src/${file}: only main.ts reads the environment`);
  if (/\brequire\(/.test(source)) problems.push(`src/${file}: require() hides an import`);
  return problems;
}

if (import.meta.main) {
  const problems: string[] = [];
  let files = 0;
  for (const file of new Glob("**/*.ts").scanSync(join(root, "src"))) {
    if (file.endsWith(".test.ts") || file.startsWith("store/conformance/")) continue;
    files += 1;
    problems.push(...fileProblems(file, await Bun.file(join(root, "src", file)).text()));
  }
  for (const problem of problems) console.error(problem);
  console.log(`${files} files, ${problems.length} wrong imports`);
  process.exit(problems.length === 0 ? 0 : 1);
}
