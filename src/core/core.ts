import { Access } from "./access.ts";
import { Activity } from "./activity.ts";
import { AppCredentials } from "./app-credentials.ts";
import { AppService } from "./app-service.ts";
import { AuditTrail } from "./audit-trail.ts";
import { CodeClaims } from "./code-claims.ts";
import { CosService } from "./cos.ts";
import { CredentialService } from "./credential-service.ts";
import { Idempotency } from "./idempotency.ts";
import { JsSdkService } from "./js-sdk.ts";
import { LoginService } from "./login.ts";
import { PhoneNumberService } from "./phone-number.ts";
import type { Clock, Log, Milliseconds, Random } from "./ports.ts";
import { ServiceKeyService } from "./service-key-service.ts";
import { SessionAdministration } from "./session-administration.ts";
import { SessionKeyService } from "./session-key-service.ts";
import { SessionService } from "./session-service.ts";
import { StatsService } from "./stats.ts";
import type { Store } from "./store.ts";
import { UserDataService } from "./user-data-service.ts";
import { WeappService } from "./weapp-service.ts";
import type { WeChat } from "./wechat.ts";
import { WorkAgentService } from "./work-agent-service.ts";
import { WorkCredentials } from "./work-credentials.ts";

export interface CorePorts {
  store: Store;
  wechat: WeChat;
  clock: Clock;
  random: Random;
  log: Log;
}

export interface CoreOptions {
  adminKey: string;
  defaultAppid: string | null;
  sessionsPerUser: number;
  /** How long a call to WeChat may take. */
  upstreamTimeout: Milliseconds;
  /** Whether other processes serve the same store. */
  isShared: boolean;
}

/** Everything that waferd can do, for whichever protocol asks. */
export interface Core {
  access: Access;
  activity: Activity;
  apps: AppService;
  audit: AuditTrail;
  logins: LoginService;
  sessions: SessionService;
  sessionAdministration: SessionAdministration;
  userData: UserDataService;
  weapp: WeappService;
  credentials: CredentialService;
  appCredentials: AppCredentials;
  workAgents: WorkAgentService;
  workCredentials: WorkCredentials;
  jsSdk: JsSdkService;
  phoneNumbers: PhoneNumberService;
  sessionKeys: SessionKeyService;
  serviceKeys: ServiceKeyService;
  cos: CosService;
  stats: StatsService;
  idempotency: Idempotency;
}

export function createCore(ports: CorePorts, options: CoreOptions): Core {
  const audit = new AuditTrail(ports);
  const activity = new Activity(ports);
  const apps = new AppService({ ...ports, audit, defaultAppid: options.defaultAppid });
  const sessions = new SessionService({ ...ports, apps, activity });
  // A second more for what the store has to do.
  const claims = options.isShared ? new CodeClaims(ports, options.upstreamTimeout + 1000) : null;
  const credentials = new CredentialService({ ...ports, fetchTimeout: options.upstreamTimeout });
  const appCredentials = new AppCredentials({ ...ports, apps, credentials });
  const workAgents = new WorkAgentService({ ...ports, audit });
  const workCredentials = new WorkCredentials({ ...ports, agents: workAgents, credentials });
  return {
    access: new Access({ ...ports, adminKey: options.adminKey }),
    activity,
    apps,
    audit,
    logins: new LoginService({ ...ports, apps, activity, claims, sessionsPerUser: options.sessionsPerUser }),
    sessions,
    sessionAdministration: new SessionAdministration({ ...ports, apps, audit }),
    userData: new UserDataService({ store: ports.store, sessions }),
    weapp: new WeappService({ ...ports, apps, claims }),
    credentials,
    appCredentials,
    workAgents,
    workCredentials,
    jsSdk: new JsSdkService({ ...ports, appCredentials, workCredentials }),
    phoneNumbers: new PhoneNumberService({ ...ports, appCredentials }),
    sessionKeys: new SessionKeyService({ ...ports, appCredentials, audit }),
    serviceKeys: new ServiceKeyService({ ...ports, audit }),
    cos: new CosService(ports),
    stats: new StatsService({ ...ports, apps, activity }),
    idempotency: new Idempotency(ports),
  };
}
