import type { Sealer } from "../crypto/seal.ts";
import { Access } from "./access/access.ts";
import { AuditTrail } from "./access/audit-trail.ts";
import { ConsoleSessions } from "./access/console-sessions.ts";
import { ServiceKeyService } from "./access/service-key-service.ts";
import { AppService } from "./apps/app-service.ts";
import { parseAgentName } from "./apps/work-agent.ts";
import { WorkAgentService } from "./apps/work-agent-service.ts";
import { Idempotency } from "./coordination/idempotency.ts";
import { AppChecker } from "./credentials/app-check.ts";
import { CosService } from "./credentials/cos-service.ts";
import { CredentialService } from "./credentials/credential-service.ts";
import { JsSdkService } from "./credentials/js-sdk-service.ts";
import { OwnerCredentials } from "./credentials/owner-credentials.ts";
import { PhoneNumberService } from "./credentials/phone-number-service.ts";
import { SessionKeyService } from "./credentials/session-key-service.ts";
import { Failure } from "./errors.ts";
import { GatewayAccess } from "./gateway/gateway-access.ts";
import { type CountedCall, GatewayService } from "./gateway/gateway-service.ts";
import { GatewayTokens } from "./gateway/gateway-tokens.ts";
import type { GatewayUpstream } from "./gateway/gateway-upstream.ts";
import type { LimitName } from "./limits/limit-names.ts";
import { type LimitRates, Limits } from "./limits/limits.ts";
import type { Clock, Log, Milliseconds, Random } from "./ports.ts";
import { CodeClaims } from "./sessions/code-claims.ts";
import { CodeExchanges } from "./sessions/code-exchanges.ts";
import { FastPath } from "./sessions/fast-path.ts";
import { LoginQueue } from "./sessions/login-queue.ts";
import { LoginService } from "./sessions/login-service.ts";
import { SessionAdministration } from "./sessions/session-administration.ts";
import { SessionService } from "./sessions/session-service.ts";
import { UserDataService } from "./sessions/user-data-service.ts";
import { UserSearch } from "./sessions/user-search.ts";
import { Visits } from "./sessions/visits.ts";
import { WeappService } from "./sessions/weapp-service.ts";
import type { Store } from "./store.ts";
import { Activity } from "./usage/activity.ts";
import type { CallCounter } from "./usage/call-counter.ts";
import { OverviewService } from "./usage/overview-service.ts";
import { SeriesService } from "./usage/series-service.ts";
import { SessionTotals } from "./usage/session-totals.ts";
import { StatsService } from "./usage/stats-service.ts";
import type { WeChat } from "./wechat.ts";
import { WriteHealth } from "./write-health.ts";

export interface CorePorts {
  store: Store;
  wechat: WeChat;
  gatewayUpstream: GatewayUpstream;
  /** Seals with the master key. */
  sealer: Pick<Sealer, "seal" | "open">;
  clock: Clock;
  /** Returns milliseconds since some moment, which no change of the time of day moves. */
  monotonic: () => Milliseconds;
  random: Random;
  log: Log;
  /** Counts the requests of `wechat`. */
  calls: Pick<CallCounter, "flush">;
  /** Called for every call that a limit refused. */
  onRefused?: (limit: LimitName) => void;
  /** Called for every call of the gateway. */
  onGatewayCall?: (call: CountedCall) => void;
}

export interface CoreOptions {
  adminKey: string;
  defaultAppid: string | null;
  sessionsPerUser: number;
  /** Upper bound of a call to WeChat. */
  upstreamTimeout: Milliseconds;
  limits: LimitRates;
  /** The processes of this server, which share the limits. */
  processes: number;
}

/** The public members of a service: another object can stand in for it, such as one that counts. */
export type PublicOf<Service> = Pick<Service, keyof Service>;

/** The services of waferd, which all protocols share. */
export interface Core {
  access: Access;
  consoleSessions: ConsoleSessions;
  activity: Activity;
  visits: Pick<Visits, "flush">;
  calls: Pick<CallCounter, "flush">;
  apps: AppService;
  audit: AuditTrail;
  logins: PublicOf<LoginService>;
  sessions: PublicOf<SessionService>;
  /** Verifies as `sessions` does, when nothing has to be waited for. */
  fastPath: PublicOf<FastPath>;
  sessionAdministration: SessionAdministration;
  userSearch: UserSearch;
  userData: UserDataService;
  weapp: PublicOf<WeappService>;
  appChecker: AppChecker;
  credentials: CredentialService;
  ownerCredentials: OwnerCredentials;
  workAgents: WorkAgentService;
  jsSdk: JsSdkService;
  phoneNumbers: PhoneNumberService;
  sessionKeys: SessionKeyService;
  serviceKeys: ServiceKeyService;
  cos: CosService;
  gatewayAccess: GatewayAccess;
  gateway: GatewayService;
  limits: Limits;
  stats: StatsService;
  series: SeriesService;
  overview: OverviewService;
  sessionTotals: SessionTotals;
  idempotency: Idempotency;
  writeHealth: Pick<WriteHealth, "problem">;
}

export function createCore(
  { store, onRefused = () => undefined, onGatewayCall = () => undefined, ...others }: CorePorts,
  options: CoreOptions,
): Core {
  const writeHealth = new WriteHealth({ ...others, store });
  const ports = { ...others, tables: writeHealth.observed };
  const { processes, upstreamTimeout } = options;
  const limits = new Limits({ ...ports, rates: options.limits, processes, onRefused });
  const queue = new LoginQueue({ ...ports, limits, upstreamTimeout });
  const audit = new AuditTrail(ports);
  const { defaultAppid } = options;
  const apps = new AppService({ ...ports, audit, defaultAppid });
  const activity = new Activity({
    ...ports,
    isRegistered: async (subject) =>
      parseAgentName(subject) === null
        ? !((await apps.findRecent(subject)) instanceof Failure)
        : (await isRegistered(apps, workAgents, subject)) === true,
  });
  const sessionTotals = new SessionTotals({ ...ports, apps });
  const visits = new Visits(ports);
  const sessions = new SessionService({ ...ports, apps, activity, visits });
  const userData = new UserDataService({ ...ports, sessions, limits });
  // A second more for the work of the store.
  const claims = new CodeClaims(ports, upstreamTimeout + 1000);
  const exchanges = new CodeExchanges(ports);
  const logins = new LoginService({
    ...ports,
    apps,
    activity,
    userData,
    queue,
    claims,
    exchanges,
    sessionsPerUser: options.sessionsPerUser,
  });
  const weapp = new WeappService({ ...ports, apps, queue, claims, exchanges });
  const credentials = new CredentialService({ ...ports, fetchTimeout: upstreamTimeout });
  const workAgents = new WorkAgentService({ ...ports, audit });
  const ownerCredentials = new OwnerCredentials({
    ...{ ...ports, activity },
    ...{ apps, workAgents, credentials },
  });
  const consoleSessions = new ConsoleSessions({
    ...ports,
    limits,
    audit,
    adminKey: options.adminKey,
  });
  const access = new Access({ ...ports, limits, consoleSessions, adminKey: options.adminKey });
  return {
    access,
    consoleSessions,
    activity,
    visits,
    calls: ports.calls,
    apps,
    audit,
    logins: {
      login: (request, client) =>
        activity.watch("login", request.appid ?? defaultAppid, logins.login(request, client)),
    },
    sessions: {
      verify: (proof) => activity.watch("verification", proof.appid, sessions.verify(proof)),
      open: (proof) => sessions.open(proof),
    },
    fastPath: new FastPath({ ...ports, apps, activity, visits }),
    sessionAdministration: new SessionAdministration({ ...ports, apps, audit }),
    userSearch: new UserSearch(ports),
    userData,
    weapp: {
      login: (appid, ...given) =>
        activity.watch("login", appid ?? defaultAppid, weapp.login(appid, ...given)),
      recall: (appid, code) =>
        activity.watch("verification", appid ?? defaultAppid, weapp.recall(appid, code)),
    },
    appChecker: new AppChecker({ ...ports, processes }),
    credentials,
    ownerCredentials,
    workAgents,
    jsSdk: new JsSdkService({ ...ports, ownerCredentials }),
    phoneNumbers: new PhoneNumberService({ ...ports, ownerCredentials }),
    sessionKeys: new SessionKeyService({ ...ports, ownerCredentials, audit }),
    serviceKeys: new ServiceKeyService({
      ...ports,
      audit,
      isRegistered: (owner) => isRegistered(apps, workAgents, owner),
    }),
    cos: new CosService(ports),
    gatewayAccess: new GatewayAccess({
      ...{ ...ports, access, apps, workAgents, ownerCredentials },
      tokens: new GatewayTokens(ports),
    }),
    gateway: new GatewayService({ ...ports, ownerCredentials, limits, onGatewayCall }),
    limits,
    stats: new StatsService({ ...ports, apps, activity }),
    series: new SeriesService({
      ...ports,
      activity,
      isRegistered: (owner) => isRegistered(apps, workAgents, owner),
    }),
    overview: new OverviewService({ ...ports, activity, sessionTotals }),
    sessionTotals,
    idempotency: new Idempotency(ports),
    writeHealth,
  };
}

async function isRegistered(
  apps: AppService,
  workAgents: WorkAgentService,
  owner: string,
): Promise<boolean | Failure> {
  const agent = parseAgentName(owner);
  const found = await (agent === null
    ? apps.find(owner)
    : workAgents.find(agent.corpid, agent.agentid));
  if (!(found instanceof Failure)) return true;
  return found.code === "appNotFound" || found.code === "agentNotFound" ? false : found;
}
