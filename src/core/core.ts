import { Access } from "./access.ts";
import { AppCredentials } from "./app-credentials.ts";
import { AppService } from "./app-service.ts";
import { CredentialService } from "./credential-service.ts";
import { JsSdkService } from "./js-sdk.ts";
import { LoginService } from "./login.ts";
import { PhoneNumberService } from "./phone-number.ts";
import type { Clock, Log, Milliseconds, Random } from "./ports.ts";
import { SessionKeyService } from "./session-key-service.ts";
import { SessionService } from "./session-service.ts";
import type { Store } from "./store.ts";
import { UserDataService } from "./user-data-service.ts";
import type { WeChat } from "./wechat.ts";
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
}

/** Everything that waferd can do, for whichever protocol asks. */
export interface Core {
  access: Access;
  apps: AppService;
  logins: LoginService;
  sessions: SessionService;
  userData: UserDataService;
  credentials: CredentialService;
  appCredentials: AppCredentials;
  workCredentials: WorkCredentials;
  jsSdk: JsSdkService;
  phoneNumbers: PhoneNumberService;
  sessionKeys: SessionKeyService;
}

export function createCore(ports: CorePorts, options: CoreOptions): Core {
  const apps = new AppService({ ...ports, defaultAppid: options.defaultAppid });
  const sessions = new SessionService({ ...ports, apps });
  const credentials = new CredentialService({ ...ports, fetchTimeout: options.upstreamTimeout });
  const appCredentials = new AppCredentials({ ...ports, apps, credentials });
  const workCredentials = new WorkCredentials({ ...ports, credentials });
  return {
    access: new Access(options.adminKey),
    apps,
    logins: new LoginService({ ...ports, apps, sessionsPerUser: options.sessionsPerUser }),
    sessions,
    userData: new UserDataService({ store: ports.store, sessions }),
    credentials,
    appCredentials,
    workCredentials,
    jsSdk: new JsSdkService({ ...ports, appCredentials, workCredentials }),
    phoneNumbers: new PhoneNumberService({ ...ports, appCredentials }),
    sessionKeys: new SessionKeyService({ ...ports, appCredentials }),
  };
}
