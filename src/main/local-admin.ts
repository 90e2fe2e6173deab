import type { BackupService } from "../core/backups/backup-service.ts";
import type { Core } from "../core/core.ts";
import type { EffectiveConfig } from "../core/effective-config.ts";
import type { ServerLog } from "../core/logs/server-log.ts";
import type { Log } from "../core/ports.ts";
import type { StoreCheckService } from "../core/store-checks/store-check-service.ts";
import { canHaveSockets, placeSocket } from "../data-folder/sockets.ts";
import type { Observe } from "../http/observe.ts";
import type { Followers } from "../http/rest/followers.ts";
import { restInProcess } from "../http/rest/in-process.ts";
import type { ServerFacts } from "../http/rest/server/model.ts";

/** The longest that Bun lets a connection wait: a call may wait for WeChat. */
const IDLE_SECONDS = 255;

export interface LocalAdminOptions {
  dataDir: string;
  core: Core;
  log: Log;
  facts: ServerFacts;
  serverLog: ServerLog;
  backups: BackupService;
  storeChecks: StoreCheckService;
  config: EffectiveConfig;
  followers: Followers;
  observe: Observe | null;
  /** The option `gateway.max_body`. */
  maxBodyBytes: number;
}

/** The socket of this process, by which the command line reaches it. */
export interface LocalAdmin {
  /** Lets new callers go to other processes. */
  withdraw(): void;
  /** Finishes the requests in hand. */
  stop(): Promise<void>;
}

/**
 * Serves the REST API and the gateway, and nothing else, at a socket in the data folder, which only the folder's
 * owner can reach. Each process has its own, so that one that ends takes nothing from the others.
 * A server that cannot have one goes on without: its port proves that it knows the key.
 */
export async function startLocalAdmin({
  dataDir,
  log,
  ...rest
}: LocalAdminOptions): Promise<LocalAdmin | null> {
  if (!canHaveSockets(dataDir)) return null;
  // The second set of routes takes time and memory, and most servers are never asked.
  let handle: ((request: Request) => Promise<Response>) | null = null;
  try {
    const place = await placeSocket(dataDir);
    const server = Bun.serve({
      unix: place.draft,
      development: false,
      // Bun obeys it at sockets too, but its types do not know that.
      ...({ idleTimeout: IDLE_SECONDS } as object),
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch(request) {
        handle ??= restInProcess({ ...rest, log });
        return handle(request);
      },
    });
    place.publish();
    return {
      withdraw: () => place.withdraw(),
      async stop() {
        place.withdraw();
        await server.stop();
      },
    };
  } catch (err) {
    log.warn(
      { err, dataDir },
      "no socket can be made in the data folder: name this server to the command line by --url",
    );
    return null;
  }
}
