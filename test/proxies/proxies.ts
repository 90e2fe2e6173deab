/** The proxies of docs/proxies, with the replacements that their first lines ask for. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { APP } from "../harness/production.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";

export const ROOT = join(import.meta.dir, "../..");

/** A server started for a test; ended with its scope. */
export async function started(
  command: string[],
  url: string,
  environment: Record<string, string> = {},
) {
  const process = Bun.spawn(command, {
    env: { PATH: Bun.env["PATH"] ?? "", ...environment },
    stdout: "ignore",
    stderr: "pipe",
  });
  for (let tries = 0; tries < 400; tries += 1) {
    if (process.exitCode !== null) throw new Error(await new Response(process.stderr).text());
    const answers = await fetch(url, { redirect: "manual" }).then(
      () => true,
      () => false,
    );
    if (answers) break;
    await Bun.sleep(25);
  }
  return {
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.exited;
    },
  };
}

interface Placed {
  folder: string;
  config: string;
  http: number;
  https: number;
  certFile: string;
  keyFile: string;
}

type StartProxy = (placed: Placed) => ReturnType<typeof started>;

const NAME = "localhost";

const start: Record<"nginx" | "Caddy", { file: string; start: StartProxy }> = {
  nginx: {
    file: "nginx.conf",
    start({ folder, config, http, https, certFile, keyFile }) {
      const [site, main] = [join(folder, "site.conf"), join(folder, "main.conf")];
      mkdirSync(join(folder, "logs"));
      writeFileSync(
        site,
        config
          .replaceAll(/ {4}listen \[::\]:.*\n/g, "")
          .replace("listen 80;", `listen 127.0.0.1:${http};`)
          .replace("listen 443 ssl", `listen 127.0.0.1:${https} ssl`)
          .replace(/ssl_certificate .*;/, `ssl_certificate ${certFile};`)
          .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${keyFile};`),
      );
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((name) => `${name}_temp_path ${folder}/${name};`)
        .join(" ");
      writeFileSync(
        main,
        `${process.getuid?.() === 0 ? "user root; " : ""}daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${temporary} include ${site}; }`,
      );
      const options = ["-p", folder, "-c", main, "-e", "stderr"];
      const tried = Bun.spawnSync(["nginx", ...options, "-t"], { env: { PATH } });
      const [told, warnings] = [tried.stderr.toString(), /\[(warn|emerg|error|alert)\]/];
      if (!tried.success || warnings.test(told)) throw new Error(told);
      return started(["nginx", ...options], `http://127.0.0.1:${http}`);
    },
  },
  Caddy: {
    file: "Caddyfile",
    start({ folder, config, http, https, certFile, keyFile }) {
      const file = join(folder, "Caddyfile");
      // Its administration listens on a fixed port.
      const global = `{\n\tadmin off\n\thttp_port ${http}\n\thttps_port ${https}\n}\n`;
      writeFileSync(file, global + config.replace(/# tls .*/, `tls ${certFile} ${keyFile}`));
      return started(
        ["caddy", "run", "--config", file, "--adapter", "caddyfile"],
        `http://127.0.0.1:${http}`,
        { HOME: folder },
      );
    },
  },
};

const PATH = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":");

export type ProxyName = keyof typeof start;
export const PROXY_NAMES = Object.keys(start) as ProxyName[];

/** A running proxy with TLS. */
export interface RunningProxy extends AsyncDisposable {
  /** The public address, with https. */
  url: string;
  /** The same name with plain http. */
  plainUrl: string;
  /** The certificate that its clients trust. */
  ca: string;
}

/** Starts a proxy between these servers. @param hosts `host:port` of each */
export async function startProxy(
  name: ProxyName,
  hosts: { waferd: string; business: string },
): Promise<RunningProxy> {
  const folder = tempFolder();
  const { cert, certFile, keyFile } = selfSigned(folder.path);
  const [http, https] = [await freePort(), await freePort()];
  const config = readFileSync(join(ROOT, "docs/proxies", start[name].file), "utf8")
    .replaceAll("127.0.0.1:3000", hosts.business)
    .replaceAll("127.0.0.1:8888", hosts.waferd)
    .replaceAll("wx0000000000000de0", APP.appid)
    .replaceAll("api.example.com", NAME);
  const place = { folder: folder.path, config, http, https, certFile, keyFile };
  const proxy = await start[name].start(place);
  return {
    url: `https://${NAME}:${https}`,
    plainUrl: `http://${NAME}:${http}`,
    ca: cert,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
