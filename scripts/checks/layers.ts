/**
 * The tables of the architecture: the direction of imports, the place of each package, the globals
 * that are ports. Below them the functions that find what breaks them.
 */

import { type GlobalUse, globalsOf } from "./globals.ts";
import { type Circle, type SourceFile, targetOf } from "./import-graph.ts";
import type { Import } from "./imports.ts";
import type { Position } from "./syntax.ts";

/**
 * The folders of src/ that each folder may import beside itself; `main` is main.ts with its folder.
 * An entry may be a path: `store/layout` allows no other folder of `store`.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  main: [
    "cli",
    "config",
    "core",
    "crypto",
    "data-folder",
    "http",
    "import",
    "sandbox",
    "store",
    "supervisor",
    "telemetry",
    "wechat",
  ],
  cli: ["config", "core", "data-folder", "http"],
  http: ["core", "messages"],
  sandbox: ["core", "crypto", "messages"],
  store: ["core", "crypto"],
  import: ["core", "crypto", "store/layout"],
  wechat: ["core"],
  telemetry: ["core"],
  supervisor: ["core"],
  "data-folder": ["core"],
  config: ["core"],
  core: ["crypto"],
  crypto: [],
  messages: [],
  console: ["http/rest", "messages"],
};

/**
 * The parts of src/core from the lowest up. A part imports itself and lower ones; `.` stands for
 * the files of src/core/ that are not named here.
 */
export const CORE_PARTS: readonly (readonly string[])[] = [
  ["."],
  ["limits", "logs"],
  ["access"],
  ["apps"],
  ["usage", "coordination"],
  ["backups", "store-checks"],
  ["sessions"],
  ["credentials"],
  ["gateway"],
  ["transfer"],
  ["store.ts", "wechat.ts"],
  ["write-health.ts"],
  ["core.ts"],
];

/**
 * The folders of src/store that drivers share. Every other folder is a driver, and must not
 * import another one.
 */
const SHARED_BY_DRIVERS: readonly string[] = ["layout"];

/** The places of each outside package, as paths below src/. */
export const PACKAGE_PLACES: Readonly<Record<string, readonly string[]>> = {
  elysia: ["http/"],
  "@elysiajs/cors": ["http/"],
  "@elysiajs/swagger": ["http/openapi/"],
  "swagger-ui-dist": ["http/openapi/"],
  lmdb: ["store/lmdb/"],
  "bun:ffi": ["supervisor/linux/"],
  undici: ["wechat/", "cli/api/"],
  pino: ["telemetry/"],
  "pino-pretty": ["telemetry/"],
  "prom-client": ["telemetry/"],
  "cli-progress": ["cli/"],
  commander: ["cli/"],
  uqr: ["sandbox/"],
  "@elysiajs/eden": ["console/client/"],
  react: ["console/"],
  "react-dom": ["console/main.tsx"],
  "tdesign-react": ["console/"],
  uplot: ["console/parts/", "console/style/"],
  "@sinclair/typebox": ["config/", "http/", "sandbox/", "cli/"],
};

/** The files outside of src/ that it may import, and from where. */
const OUTSIDE_FILES: Readonly<Record<string, readonly string[]>> = {
  "package.json": ["main.ts", "main/"],
};

/** The layers that do without the outside, and the modules of Node that they may use. */
const PURE_LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  crypto: ["node:crypto"],
};

/** Globals that reach outside of the process, or answer otherwise each time. */
const IMPURE_GLOBALS: readonly string[] = [
  "process",
  "Bun",
  "import.meta",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "AbortSignal.timeout",
  "Date.now",
  "performance",
  "Math.random",
  "crypto",
  "fetch",
  "WebSocket",
  "EventSource",
  "Worker",
  "console",
  "navigator",
  "globalThis",
];
/** Members of these that only compute. */
const PURE_MEMBERS: readonly string[] = ["Bun.CryptoHasher", "Bun.SHA256"];

/** Ways to the environment, which main.ts alone reads. */
const ENVIRONMENT: readonly string[] = ["process.env", "Bun.env", "import.meta.env"];
/** Modules through which the environment would be read unseen. */
const ENVIRONMENT_MODULES: Readonly<Record<string, readonly string[]>> = {
  "node:process": ["env", "default", "*"],
  process: ["env", "default", "*"],
  bun: ["env", "*"],
};

/** Functions that import a module unseen. */
const HIDDEN_IMPORTS: readonly string[] = ["require", "module.require", "import.meta.require"];

/** One fault of a file; `line` counts from 1. */
export interface LayerProblem extends Position {
  readonly file: string;
  /** The fault, and the remedy behind a colon. */
  readonly message: string;
}

export const isTest = (file: string): boolean =>
  file.startsWith("test/") || /\.test\.[cm]?[jt]sx?$/.test(file);

const below = (file: string, place: string): boolean =>
  file === place || file.startsWith(`${place}/`);

/** Returns the folder of src/ that a path below it lies in; a loose file is a layer of its name. */
const layerOf = (path: string): string => path.split("/")[0]?.replace(/\.ts$/, "") ?? "";

/** Returns the part of src/core that a path below it lies in. */
export function corePartOf(path: string): string {
  const [first = "", ...rest] = path.split("/");
  return rest.length > 0 || CORE_PARTS.some((parts) => parts.includes(first)) ? first : ".";
}

const rankOf = (part: string): number => CORE_PARTS.findIndex((parts) => parts.includes(part));

const labelOf = (part: string): string => (part === "." ? "a loose file of core" : `core/${part}`);

function coreProblem(from: string, to: string): string | null {
  const [part, target] = [corePartOf(from), corePartOf(to)];
  const unknown = [part, target].find((one) => rankOf(one) === -1);
  if (unknown !== undefined) return `src/core/${unknown}/ has no rank: add it to CORE_PARTS`;
  return part === target || rankOf(target) < rankOf(part)
    ? null
    : `${labelOf(part)} must not import ${labelOf(target)}, which is not below it: move what both need down`;
}

/** Returns the driver that a path below src/ belongs to; null when it is of none. */
export const driverOf = (path: string): string | null => {
  const [layer, folder, ...rest] = path.split("/");
  return layer === "store" &&
    folder !== undefined &&
    rest.length > 0 &&
    !SHARED_BY_DRIVERS.includes(folder)
    ? folder
    : null;
};

/** Returns what is wrong with an import between two files below src/, or null. */
function pathProblem(from: string, to: string): string | null {
  const [layer, target] = [layerOf(from), layerOf(to)];
  if (layer !== target) {
    if (LAYERS[layer]?.some((place) => below(to, place) || target === place)) return null;
    const allowed = LAYERS[layer]?.join(", ") || "nothing";
    return `${layer} must not import ${to}: it may import ${allowed} beside itself`;
  }
  if (layer === "core") return coreProblem(from.slice("core/".length), to.slice("core/".length));
  const [driver, other] = [driverOf(from), driverOf(to)];
  return driver === null || other === null || driver === other
    ? null
    : `the ${driver} driver must not import the ${other} driver: move what both need to store/ or store/layout/`;
}

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function moduleProblem(path: string, { names }: Import, specifier: string): string | null {
  const layer = layerOf(path);
  const hidden = ENVIRONMENT_MODULES[specifier];
  if (path !== "main.ts" && hidden !== undefined && names.some((name) => hidden.includes(name)))
    return `only main.ts reads the environment: import what is needed of ${specifier} by name`;
  if (
    specifier === "node:module" &&
    names.some((name) => ["createRequire", "default", "*"].includes(name))
  )
    return "createRequire() hides imports: import the file or package itself";
  if (specifier.startsWith("node:") || specifier === "bun")
    return PURE_LAYERS[layer]?.includes(specifier) === false
      ? `${layer} must not import ${specifier}: take what it does as a port`
      : null;
  const places = PACKAGE_PLACES[packageOf(specifier)];
  if (places === undefined) return `${specifier} has no place yet: add it to PACKAGE_PLACES`;
  return places.some((place) => path.startsWith(place))
    ? null
    : `${specifier} belongs to ${places.map((place) => `src/${place}`).join(", ")} only`;
}

function importProblem(file: string, one: Import): string | null {
  if (one.specifier === null)
    return "a computed path hides what is imported: write it as a literal";
  const path = file.slice("src/".length);
  const target = targetOf(file, one.specifier);
  if (target === null) return moduleProblem(path, one, one.specifier);
  if (isTest(target))
    return `${file} must not import a test (${target}): move what both need into src/`;
  if (target.startsWith("src/")) return pathProblem(path, target.slice("src/".length));
  return OUTSIDE_FILES[target]?.some((place) => path.startsWith(place))
    ? null
    : `${target} lies outside of src/: move what is needed into src/, or add it to OUTSIDE_FILES`;
}

/** Tells whether a use may reach a member: directly, by its object, or by a computed name. */
function reaches({ path, use }: GlobalUse, member: string): boolean {
  const wanted = member.startsWith("import.meta")
    ? ["import.meta", ...member.split(".").slice(2)]
    : member.split(".");
  const common = Math.min(path.length, wanted.length);
  for (let index = 0; index < common; index += 1)
    if (path[index] !== wanted[index] && path[index] !== "*") return false;
  // `new Date(time)` and `x instanceof Date` do not reach `Date.now`; `const D = Date` may.
  return path.length >= wanted.length || use === "read";
}

const nameOf = ({ path, use }: GlobalUse): string => {
  const name = path.join(".").replaceAll(".*", "[…]");
  if (use === "new") return `new ${name}()`;
  return use === "call" ? `${name}()` : name;
};

function isImpure(one: GlobalUse): boolean {
  const name = one.path.join(".");
  if (PURE_MEMBERS.some((member) => name === member || name.startsWith(`${member}.`))) return false;
  if (name === "Date" && one.use !== "instanceof" && one.arguments === 0) return true;
  if (name === "Date" && one.use === "call") return true;
  return IMPURE_GLOBALS.some((member) => reaches(one, member));
}

function globalProblem(path: string, one: GlobalUse): string | null {
  if (
    HIDDEN_IMPORTS.some(
      (member) => one.path.join(".") === member || one.path.join(".").startsWith(`${member}.`),
    )
  )
    return `${nameOf(one)} hides an import: use import or import()`;
  const layer = layerOf(path);
  if (layer in PURE_LAYERS && isImpure(one))
    return `${layer} must not use ${nameOf(one)}: take it as a port`;
  if (path !== "main.ts" && ENVIRONMENT.some((member) => reaches(one, member)))
    return `only main.ts reads the environment (${nameOf(one)}): take what is needed as a parameter`;
  return null;
}

/** Returns every problem of one file, in the order of its lines. */
export function layerProblems({ file, tree, imports }: SourceFile): LayerProblem[] {
  const problems: LayerProblem[] = [];
  const add = ({ line, column }: Position, message: string | null): void => {
    if (message !== null) problems.push({ file, line, column, message });
  };
  if (file.startsWith("scripts/"))
    for (const one of imports) {
      const target = one.specifier === null ? null : targetOf(file, one.specifier);
      if (target?.startsWith("test/"))
        add(
          one,
          `scripts must not import test/ (${target}): move what both need into scripts/ or src/`,
        );
    }
  if (!file.startsWith("src/") || isTest(file)) return problems;
  const path = file.slice("src/".length);
  if (LAYERS[layerOf(path)] === undefined) {
    add(
      { line: 1, column: 1 },
      `src/${layerOf(path)} is not a layer: add it to LAYERS with what it may import`,
    );
    return problems;
  }
  for (const one of imports) add(one, importProblem(file, one));
  for (const one of globalsOf(tree)) add(one, globalProblem(path, one));
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Returns a circle as a problem of its first file. */
export const circleProblem = ({ files, import: { line, column } }: Circle): LayerProblem => ({
  file: files[0] ?? "",
  line,
  column,
  message: `circle ${files.join(" -> ")}: move what both need into another file`,
});
