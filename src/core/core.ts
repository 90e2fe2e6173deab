import { Access } from "./access.ts";
import { AppRegistry } from "./app-registry.ts";
import { LoginService } from "./login.ts";
import type { Clock, Random } from "./ports.ts";
import { SessionService } from "./session-service.ts";
import type { Store } from "./store.ts";
import { UserDataService } from "./user-data-service.ts";
import type { WeChat } from "./wechat.ts";

export interface CorePorts {
  store: Store;
  wechat: WeChat;
  clock: Clock;
  random: Random;
}

export interface CoreOptions {
  adminKey: string;
  defaultAppid: string | null;
  sessionsPerUser: number;
}

/** Everything that waferd can do, for whichever protocol asks. */
export interface Core {
  access: Access;
  apps: AppRegistry;
  logins: LoginService;
  sessions: SessionService;
  userData: UserDataService;
}

export function createCore(ports: CorePorts, options: CoreOptions): Core {
  const apps = new AppRegistry({ ...ports, defaultAppid: options.defaultAppid });
  const sessions = new SessionService({ ...ports, apps });
  return {
    access: new Access(options.adminKey),
    apps,
    logins: new LoginService({ ...ports, apps, sessionsPerUser: options.sessionsPerUser }),
    sessions,
    userData: new UserDataService({ store: ports.store, sessions }),
  };
}
