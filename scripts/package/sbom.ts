import { createHash } from "node:crypto";
import { type LockedPackage, lockedPackages, nameOf, resolveFrom } from "./lock.ts";

interface Component {
  type: string;
  "bom-ref": string;
  name: string;
  group?: string;
  version: string;
  purl: string;
  scope?: "required";
  hashes?: { alg: string; content: string }[];
  licenses?: ({ license: { id: string } } | { expression: string })[];
}

export interface SbomOptions {
  root: string;
  version: string;
  /** Folders of the packages that are in the executable. */
  bundled: readonly string[];
  /** Time of the source, in ISO 8601. */
  timestamp: string;
}

/**
 * Returns the bill of materials of the executables in CycloneDX 1.5. The same source gives the same
 * text. `npm sbom` does not serve: it leaves out production packages that a development package
 * names as peers, Elysia among them, and lists others that are not bundled.
 */
export function sbom({ root, version, bundled, timestamp }: SbomOptions): string {
  const packages = lockedPackages(root);
  const entryOf = (folder: string): LockedPackage => {
    const entry = packages.get(folder);
    if (entry === undefined) throw new Error(`${folder} is not in package-lock.json`);
    return entry;
  };
  // The executable contains the runtime, although it is a development package.
  const folders = [...bundled, "node_modules/bun"].sort();
  const refs = new Map(
    folders.map((folder) => [folder, purl(nameOf(folder), entryOf(folder).version)]),
  );
  const components = folders.map((folder) => component(nameOf(folder), entryOf(folder)));
  const self = purl("waferd", version);
  const dependenciesOf = (folder: string): string[] =>
    // Of this project's development packages, some are in the executable: the parts of the console,
    // and the runtime.
    Object.keys({ ...entryOf(folder).dependencies, ...entryOf(folder).devDependencies })
      .map((name) => refs.get(resolveFrom(packages, folder, name) ?? ""))
      .filter((ref) => ref !== undefined);
  const content = {
    metadata: {
      timestamp,
      component: {
        type: "application",
        "bom-ref": self,
        name: "waferd",
        version,
        purl: self,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components,
    dependencies: [
      { ref: self, dependsOn: dependenciesOf("") },
      ...folders.map((folder) => ({ ref: refs.get(folder), dependsOn: dependenciesOf(folder) })),
    ],
  };
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const serialNumber = `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  return `${JSON.stringify(
    {
      $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      serialNumber,
      version: 1,
      ...content,
    },
    null,
    2,
  )}\n`;
}

const purl = (name: string, version: string): string =>
  `pkg:npm/${name.replace("@", "%40")}@${version}`;

function component(fullName: string, { version, integrity, license }: LockedPackage): Component {
  const [group, name] = fullName.startsWith("@") ? fullName.split("/") : [undefined, fullName];
  const hash = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
  return {
    type: fullName === "bun" ? "platform" : "library",
    "bom-ref": purl(fullName, version),
    ...(group !== undefined && { group }),
    name: name ?? fullName,
    version,
    purl: purl(fullName, version),
    scope: "required",
    ...(hash !== undefined && {
      hashes: [{ alg: "SHA-512", content: Buffer.from(hash, "base64").toString("hex") }],
    }),
    ...(license !== undefined && {
      licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }],
    }),
  };
}
