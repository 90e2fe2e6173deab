import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { childrenOf } from "../harness/processes.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import type { Server } from "./servers.ts";

/** The environment of other programs. */
export const SERVERS = { PATH: ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":") };
const PAGE = "The page behind nginx.\n";

/**
 * Starts nginx with one worker, which serves a file with and without another server's permission,
 * and passes requests below /proxied/ on to it.
 */
export async function startNginx(other: string): Promise<Server> {
  const folder = tempFolder();
  const port = await freePort();
  mkdirSync(join(folder.path, "pages"));
  writeFileSync(join(folder.path, "pages/page"), PAGE);
  const file = join(folder.path, "nginx.conf");
  writeFileSync(file, configuration(folder.path, port, new URL(other).host));
  const server = Bun.spawn(["nginx", "-p", folder.path, "-c", file, "-e", "stderr"], {
    env: SERVERS,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}/`;
  const answers = (): Promise<boolean> =>
    fetch(`${url}alone/page`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, 10_000);
  const workers = childrenOf(server.pid);
  return {
    ...{ url, workers, processes: [server.pid, ...workers] },
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.exited;
      folder[Symbol.dispose]();
    },
  };
}

function configuration(folder: string, port: number, other: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  return `
${process.getuid?.() === 0 ? "user root;" : ""}
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; open_file_cache max=10; keepalive_requests 1000000000; ${temporary}
  upstream other { server ${other}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location /alone/ { alias ${folder}/pages/; }
    location /guarded/ { auth_request /auth; alias ${folder}/pages/; }
    location /proxied/ {
      proxy_pass http://other/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
    location = /auth {
      internal;
      proxy_pass http://other/forward-auth;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;
}
