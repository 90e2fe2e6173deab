import { MAX_LOGIN_DURATION_DAYS, MAX_SESSION_DURATION_SECONDS } from "../../core/apps/app.ts";
import type { OldTable } from "./layout.ts";

/** The columns and keys that an old server's table must have. It keeps all others. */
interface Needs {
  /** Columns without which it is not such a table: the least length of a text, or a time. */
  essential: Readonly<Record<string, number | "time">>;
  /** Columns with their types, which some old servers' tables lack. */
  columns: Readonly<Record<string, string>>;
  /** Further columns of a table that waferd creates. */
  others: string;
  keys: Readonly<Record<string, string>>;
  /** A row like those that waferd inserts, by which a changed table is tried. */
  row: Readonly<Record<string, string>>;
}

export const APPID_LENGTH = 200;
export const TEXT = "MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL";
/** No number, which a column of numbers would take. */
export const sample = (length: number): string => `'${"w".repeat(length)}'`;
const A_TIME = "'2026-01-01 00:00:00'";
const SKEY_LENGTH = 71;

export const NEEDS: Readonly<Record<OldTable, Needs>> = {
  cAppinfo: {
    essential: { appid: APPID_LENGTH, secret: 300 },
    columns: {
      login_duration: "INT DEFAULT 30",
      session_duration: "INT DEFAULT 2592000",
      qcloud_appid: "VARCHAR(300) DEFAULT 'appid_qcloud'",
      ip: "VARCHAR(50) DEFAULT '0.0.0.0'",
      // scf keeps the token beside its app.
      access_token: "VARCHAR(521) NULL",
      expires_in: "INT DEFAULT 7200",
      update_time: "DATETIME NULL",
    },
    others: "appid VARCHAR(200) NOT NULL PRIMARY KEY, secret VARCHAR(300) NOT NULL",
    keys: {},
    row: {
      appid: sample(18),
      secret: sample(32),
      login_duration: `${MAX_LOGIN_DURATION_DAYS}`,
      session_duration: `${MAX_SESSION_DURATION_SECONDS}`,
      qcloud_appid: "'appid_qcloud'",
      ip: "'0.0.0.0'",
    },
  },
  cSessionInfo: {
    essential: {
      uuid: 100,
      skey: 100,
      create_time: "time",
      last_visit_time: "time",
      open_id: 100,
      session_key: 100,
      user_info: 0,
    },
    columns: {
      appid: `VARCHAR(${APPID_LENGTH}) NOT NULL DEFAULT ''`,
      union_id: "VARCHAR(100) NOT NULL DEFAULT ''",
      waferd_expires_at: "BIGINT NULL DEFAULT NULL",
    },
    others: `id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid VARCHAR(100) NOT NULL, skey VARCHAR(100) NOT NULL,
      create_time DATETIME NOT NULL, last_visit_time DATETIME NOT NULL, open_id VARCHAR(100) NOT NULL,
      session_key VARCHAR(100) NOT NULL, user_info ${TEXT}, KEY auth (uuid, skey), KEY weixin (open_id, session_key)`,
    keys: { waferd_user: "appid, open_id, uuid", waferd_expiry: "waferd_expires_at" },
    row: {
      uuid: sample(32),
      skey: sample(SKEY_LENGTH),
      create_time: A_TIME,
      last_visit_time: A_TIME,
      open_id: sample(28),
      session_key: sample(24),
      user_info: sample(4000),
      appid: sample(18),
      union_id: sample(28),
      waferd_expires_at: "4000000000000",
    },
  },
  cAppinfo_work: {
    essential: { corpid: 100, agentid: 100, agentsecret: 300 },
    columns: {
      remark: "VARCHAR(255) NOT NULL DEFAULT ''",
      access_token: "VARCHAR(521) NULL",
      expires_in: "INT NULL",
      update_time: "DATETIME NULL",
      ticket: "VARCHAR(521) NULL",
      ticket_expires_in: "INT NULL",
      ticket_update_time: "DATETIME NULL",
      agent_ticket: "VARCHAR(521) NULL",
      agent_update_time: "DATETIME NULL",
    },
    others: `corpid VARCHAR(100) NOT NULL, agentid VARCHAR(100) NOT NULL, agentsecret VARCHAR(300) NOT NULL,
      login_duration INT DEFAULT 30, session_duration INT DEFAULT 2592000,
      qcloud_appid VARCHAR(300) DEFAULT 'appid_qcloud', ip VARCHAR(50) DEFAULT '0.0.0.0',
      PRIMARY KEY (corpid, agentid)`,
    keys: {},
    row: { corpid: sample(18), agentid: sample(7), agentsecret: sample(43), remark: "''" },
  },
};
