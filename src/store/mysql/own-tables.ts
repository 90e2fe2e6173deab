/** Options of all our tables: compared by code points, because ids and openids differ by case. */
export const TABLE_OPTIONS =
  "ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC";

/** Columns and keys of our tables, except those of migrations.ts. Times are milliseconds. */
const OWN_TABLES: Readonly<Record<string, string>> = {
  // Row locks in place of gap locks, for records without a row yet; see locks.ts.
  waferd_locks: "slot INT NOT NULL PRIMARY KEY",
  waferd_counters:
    "name VARCHAR(255) NOT NULL, slot INT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (name, slot)",
  waferd_apps: `appid VARCHAR(200) NOT NULL PRIMARY KEY, number INT NOT NULL UNIQUE, title VARCHAR(255) NOT NULL,
    sessions_per_user INT NULL, token_endpoint VARCHAR(20) NOT NULL, created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, revision INT NOT NULL`,
  waferd_agents: `corpid VARCHAR(100) NOT NULL, agentid VARCHAR(100) NOT NULL, created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, PRIMARY KEY (corpid, agentid)`,
  waferd_credentials: `name VARCHAR(255) NOT NULL PRIMARY KEY, value MEDIUMBLOB NOT NULL, fetched_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL, forced_at BIGINT NULL`,
  waferd_leases:
    "name VARCHAR(255) NOT NULL PRIMARY KEY, holder VARCHAR(255) NOT NULL, until_at BIGINT NOT NULL",
  waferd_service_keys: `id VARCHAR(100) NOT NULL PRIMARY KEY, title VARCHAR(255) NOT NULL,
    key_hash VARBINARY(32) NOT NULL UNIQUE, apps MEDIUMTEXT NOT NULL, capabilities TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NULL, last_used_at BIGINT NULL, last_used_from VARCHAR(64) NULL`,
  waferd_audit: `id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, happened_at BIGINT NOT NULL, actor VARCHAR(255) NOT NULL,
    request_id VARCHAR(255) NULL, action VARCHAR(100) NOT NULL, target TEXT NOT NULL, changed TEXT NOT NULL,
    address VARCHAR(64) NULL`,
  waferd_idempotency: `name_hash VARBINARY(32) NOT NULL PRIMARY KEY, fingerprint VARBINARY(32) NOT NULL,
    until_at BIGINT NOT NULL, answer LONGBLOB NULL, KEY due (until_at)`,
  waferd_claims: `name_hash VARBINARY(32) NOT NULL PRIMARY KEY, until_at BIGINT NOT NULL, ended_at BIGINT NULL,
    answer LONGBLOB NULL, KEY due (until_at)`,
  waferd_activity: `subject VARCHAR(255) NOT NULL, day VARCHAR(32) NOT NULL, logins BIGINT NOT NULL,
    verifications BIGINT NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (subject, day), KEY due (expires_at)`,
  waferd_activity_counts: `subject VARCHAR(255) NOT NULL, period VARCHAR(32) NOT NULL, name VARCHAR(255) NOT NULL,
    amount BIGINT NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (subject, period, name), KEY due (expires_at)`,
  waferd_console_sessions: `id VARCHAR(64) NOT NULL PRIMARY KEY, proof VARCHAR(64) NOT NULL,
    started_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL`,
  waferd_renewal_failures: "name VARCHAR(255) NOT NULL PRIMARY KEY, failure TEXT NOT NULL",
  waferd_call_counts: `subject VARCHAR(255) NOT NULL, period VARCHAR(32) NOT NULL, endpoint VARCHAR(255) NOT NULL,
    calls BIGINT NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (subject, period, endpoint), KEY due (expires_at)`,
  waferd_weapp_users: `appid VARCHAR(200) NOT NULL, code_hash VARBINARY(32) NOT NULL, openid VARCHAR(255) NOT NULL,
    unionid VARCHAR(255) NULL, user_info MEDIUMTEXT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (appid, code_hash), UNIQUE KEY user (appid, openid), KEY due (expires_at)`,
};

/** Returns the statements that create our tables, by their names. */
export const ownTableStatements = (): { name: string; statement: string }[] =>
  Object.entries(OWN_TABLES).map(([name, columns]) => ({
    name,
    statement: `CREATE TABLE IF NOT EXISTS ${name} (${columns}) ${TABLE_OPTIONS}`,
  }));
