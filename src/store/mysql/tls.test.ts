import { expect, test } from "bun:test";
import { join } from "node:path";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";

/** Makes a certificate authority and its certificate for localhost by openssl in this folder. */
function makeAuthority(folder: string): void {
  const made = Bun.spawnSync(
    [
      "sh",
      "-ec",
      `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=test authority" -days 1 -out ca.pem -keyout ca.key
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=database" -out server.csr -keyout server.key
      echo "subjectAltName=DNS:localhost" > names
      openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out server.pem -extfile names`,
    ],
    { cwd: folder },
  );
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr}`);
}

test("openMySqlStore() with mysql.tls accepts a trusted certificate of the host only", async () => {
  using folder = tempFolder();
  makeAuthority(folder.path);
  const file = (name: string): string => join(folder.path, name);
  using server = await MariaDb.start(
    `--ssl-cert=${file("server.pem")}`,
    `--ssl-key=${file("server.key")}`,
    "--require-secure-transport=1",
  );
  const database = await server.database();
  /** The trusted authorities are read when a process starts. */
  const open = (members: object, env: Record<string, string> = {}): string => {
    const options = {
      mysql: { ...server.connection(database), ...members },
      zone: 0,
      dataDir: file("data"),
      masterKey: null,
      sandbox: false,
      defaultAppid: null,
    };
    const script = `import { openMySqlStore } from ${JSON.stringify(join(import.meta.dir, "driver.ts"))};
      try {
        const store = await openMySqlStore(${JSON.stringify(options)});
        console.log("apps:", await store.apps.count());
        await store.close();
      } catch (error) {
        console.log(error.message);
      }`;
    const ran = Bun.spawnSync([process.execPath, "-e", script], { env });
    return `${ran.stdout}${ran.stderr}`;
  };
  const trusted = { NODE_EXTRA_CA_CERTS: file("ca.pem") };
  expect(open({ tls: true, host: "localhost" }, trusted)).toBe("apps: 0\n");
  expect(open({ tls: true, host: "127.0.0.1" }, trusted)).toMatch(
    /TLS failed .*certificate for 127.0.0.1/,
  );
  const untrusted = open({ tls: true, host: "localhost" }, { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(untrusted).toMatch(/TLS failed \(.*certificate.*NODE_EXTRA_CA_CERTS/);
  expect(open({ tls: false })).toMatch(/and mysql.tls, if it insists on TLS/);
});
