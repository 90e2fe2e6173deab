import { Elysia } from "elysia";
import type { BackupService } from "../../core/backups/backup-service.ts";
import type { EffectiveConfig } from "../../core/effective-config.ts";
import type { StoreCheckService } from "../../core/store-checks/store-check-service.ts";
import { appRoutes } from "./apps/routes.ts";
import { auditRoutes } from "./audit/routes.ts";
import { backupRoutes } from "./backups/routes.ts";
import type { RestOptions } from "./context.ts";
import { cosSignatureRoutes } from "./cos-signatures/routes.ts";
import { credentialRoutes } from "./credentials/routes.ts";
import { gatewayCallRoutes } from "./gateway-calls/routes.ts";
import { jsSdkSignatureRoutes } from "./js-sdk-signature/routes.ts";
import { logRoutes, type ServerLogOptions } from "./logs/routes.ts";
import { phoneNumberRoutes } from "./phone-number/routes.ts";
import type { ServerFacts } from "./server/model.ts";
import { serverRoutes } from "./server/routes.ts";
import { serviceKeyRoutes } from "./service-keys/routes.ts";
import { sessionKeyRoutes } from "./session-key/routes.ts";
import { appSessionRoutes, sessionRoutes } from "./sessions/routes.ts";
import { statsRoutes } from "./stats/routes.ts";
import { storeCheckRoutes } from "./store-check/routes.ts";
import { userRoutes } from "./users/routes.ts";
import { workAgentRoutes } from "./work-agents/routes.ts";

/** The facts and the log of the server itself. */
export interface ServerOptions extends ServerLogOptions {
  facts: ServerFacts;
  backups: BackupService;
  storeChecks: StoreCheckService;
  config: EffectiveConfig;
}

/** Returns all routes of the REST API. */
export const restRoutes = (options: RestOptions & ServerOptions) =>
  new Elysia({ prefix: "/api/v1", normalize: false })
    .use(sessionRoutes(options))
    .use(appRoutes(options))
    .use(appSessionRoutes(options))
    .use(userRoutes(options))
    .use(sessionKeyRoutes(options))
    .use(credentialRoutes(options))
    .use(workAgentRoutes(options))
    .use(jsSdkSignatureRoutes(options))
    .use(phoneNumberRoutes(options))
    .use(cosSignatureRoutes(options))
    .use(serviceKeyRoutes(options))
    .use(gatewayCallRoutes(options))
    .use(auditRoutes(options))
    .use(backupRoutes(options))
    .use(statsRoutes(options))
    .use(serverRoutes(options))
    .use(storeCheckRoutes(options))
    .use(logRoutes(options));

/** The type for Elysia's Eden client: `treaty<RestApp>("http://127.0.0.1:8888")`. */
export type RestApp = ReturnType<typeof restRoutes>;
