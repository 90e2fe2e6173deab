/** Traefik's files against the types of its configuration: Debian and npm have no Traefik. */
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./proxies.ts";

const FOLDER = join(ROOT, "dist/traefik-types");

/** Checks a configuration against a type, and returns what the compiler says. */
function check(config: unknown, type: string, from: string): string {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, "config.ts");
  writeFileSync(
    file,
    `import type { ${type} } from "${from}";\nexport const config: ${type} = ${JSON.stringify(config, null, 1)};\n`,
  );
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig"];
  const ran = Bun.spawnSync(["node", tsc, ...options, "--module", "nodenext", file], { cwd: ROOT });
  rmSync(FOLDER, { recursive: true, force: true });
  return `${ran.stdout}${ran.stderr}`;
}

const read = (name: string): unknown =>
  Bun.YAML.parse(readFileSync(join(ROOT, "docs/proxies", name), "utf8"));

const KINDS = [
  {
    file: "traefik.yml",
    type: "HttpsJsonSchemastoreOrgTraefikV3FileProviderJson",
    from: "@schemastore/traefik-v3-file-provider",
  },
  {
    file: "traefik-static.yml",
    type: "TraefikV3StaticConfiguration",
    from: "@schemastore/traefik-v3",
  },
];

test.each(KINDS)(
  "$file has the members and types of Traefik 3",
  ({ file, type, from }) => {
    expect(check(read(file), type, from)).toBe("");
    // A member that Traefik does not know is found.
    const text = JSON.stringify(read(file)).replace(
      /"(forwardAuth|acme)":\{/,
      '"$1":{"nothing":1,',
    );
    expect(check(JSON.parse(text), type, from)).toContain("nothing");
  },
  30_000,
);

interface Dynamic {
  http: {
    routers: Record<string, { rule: string; service: string; middlewares: string[] }>;
    middlewares: Record<string, object>;
    services: Record<string, object>;
  };
}

test("each of Traefik's routers names services and middlewares that are there", () => {
  const { routers, middlewares, services } = (read("traefik.yml") as Dynamic).http;
  for (const { service, middlewares: used } of Object.values(routers)) {
    expect(Object.keys(services)).toContain(service);
    for (const one of used) expect(Object.keys(middlewares)).toContain(one);
  }
  // Only logging in is public at waferd.
  const open = Object.values(routers).filter(({ service }) => service === "waferd");
  expect(open.flatMap(({ rule }) => rule.match(/`\^?\/[^`]+`/g))).toEqual([
    "`/api/v1/sessions`",
    "`/mina_auth`",
    "`^/api/v1/sessions/[0-9a-f]{32}/user-info$`",
  ]);
});
