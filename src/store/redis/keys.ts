/**
 * The keys. The first two are those of the go server
 * (docs/protocol-reference.md#stored-layouts-redis); all others begin with `waferd:`. Lists are
 * sorted sets whose members all have the score 0, so that Redis orders them by their bytes.
 */

/** Hash: appid, secret, ld, sd, ip. */
export const appKey = (appid: string): string => `app_${appid}`;
/** Hash: uuid, skey, ct, lvt, openid, sesskey, userinfo. */
export const sessionKey = (appid: string, id: string): string => `sess_${appid}_${id}`;

export const META = "waferd:meta";
/** String: when expired records were last swept. */
export const SWEPT_AT = "waferd:swept-at";
/** String: present while a process upgrades the data. */
export const UPGRADE_LOCK = "waferd:upgrade";
/** Hash: the highest numbers in use, by what they number. */
export const NUMBERS = "waferd:numbers";

/** Sorted set: appids by their numbers. */
export const APPS = "waferd:apps";
/** Hash: the facts of an app that go's hash lacks. */
export const appFactsKey = (appid: string): string => `waferd:app:${appid}`;

/** String: the appid of a session. */
export const sessionAppKey = (id: string): string => `waferd:session:${id}`;
/** List: `openid NUL id` of an app's sessions. */
export const sessionsKey = (appid: string): string => `waferd:sessions:${appid}`;
/** Sorted set: `appid SP id SP openid` by their expiry or an earlier time. */
export const SESSIONS_BY_EXPIRY = "waferd:sessions-by-expiry";

/** List of credentials' keys. */
export const CREDENTIALS = "waferd:credentials";
export const credentialKey = (key: string): string => `waferd:credential:${key}`;
/** List of ids. */
export const CONSOLE_SESSIONS = "waferd:console-sessions";
/** Hash: `proof`, `startedAt` and `lastUsedAt`. */
export const consoleSessionKey = (id: string): string => `waferd:console-session:${id}`;
/** List of the keys of credentials whose renewal failed. */
export const RENEWAL_FAILURES = "waferd:renewal-failures";
/** String: JSON of a failure. */
export const renewalFailureKey = (key: string): string => `waferd:renewal-failure:${key}`;
/** Hash: `holder` and `until`. Redis expires it. */
export const leaseKey = (name: string): string => `waferd:lease:${name}`;

/** List: `corpid SP agentid`. */
export const AGENTS = "waferd:agents";
export const agentKey = (name: string): string => `waferd:agent:${name}`;

/** Hash: counts of a subject by `window NUL endpoint`. */
export const callCountsKey = (subject: string): string => `waferd:call-counts:${subject}`;
/** Sorted set: `subject NUL window NUL endpoint` by when they are due. */
export const CALL_COUNTS_BY_EXPIRY = "waferd:call-counts-by-expiry";

/** Hash: counts of a bucket by name. */
export const activityBucketKey = (subject: string, bucket: string): string =>
  `waferd:activity-bucket:${subject} ${bucket}`;
/** Sorted set: `subject SP bucket` by when they are due. */
export const ACTIVITY_BUCKETS_BY_EXPIRY = "waferd:activity-buckets-by-expiry";
/** Hash: counts of a subject by `day SP kind`, of earlier versions. */
export const activityKey = (subject: string): string => `waferd:activity:${subject}`;
/** Sorted set: `subject NUL day` by when they are due, of earlier versions. */
export const ACTIVITY_BY_EXPIRY = "waferd:activity-by-expiry";

/** List of ids. */
export const SERVICE_KEYS = "waferd:service-keys";
export const serviceKeyKey = (id: string): string => `waferd:service-key:${id}`;
/** Hash: ids by the hex of the keys' hashes. */
export const SERVICE_KEYS_BY_HASH = "waferd:service-keys-by-hash";

/** Sorted set: `number SP JSON` by number. */
export const AUDIT = "waferd:audit";

/** Sorted set: hashes of idempotency keys by expiry; `waferd:idempotency:<hash>` is a hash. */
export const IDEMPOTENCY_BY_EXPIRY = "waferd:idempotency-by-expiry";

/** Hash by that of a name: `until`; `endedAt` and `answer` once finished. Redis expires it. */
export const claimKey = (hash: string): string => `waferd:claim:${hash}`;

/** String: JSON of a user, by app and the code's hash. */
export const weappUserKey = (name: string): string => `waferd:weapp-user:${name}`;
/** Hash: the user's name by `appid NUL openid`. */
export const WEAPP_USERS_BY_OPENID = "waferd:weapp-users-by-openid";
export const WEAPP_USERS_BY_EXPIRY = "waferd:weapp-users-by-expiry";
