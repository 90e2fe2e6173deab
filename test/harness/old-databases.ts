/** The CREATE statements of the old servers (docs/protocol-reference.md#stored-layouts-mysql). */

const appinfo = (name: string, more = ""): string => `CREATE TABLE ${name} (
  appid varchar(200) NOT NULL, secret varchar(300) NOT NULL, login_duration int(11) DEFAULT '30',
  session_duration int(11) DEFAULT '2592000', qcloud_appid varchar(300) DEFAULT 'appid_qcloud',
  ip varchar(50) DEFAULT '0.0.0.0', ${more} PRIMARY KEY (appid)) ENGINE=InnoDB DEFAULT CHARSET=utf8;`;

const sessioninfo = (name: string, more = ""): string => `CREATE TABLE ${name} (
  id int(11) NOT NULL AUTO_INCREMENT, uuid varchar(100) NOT NULL, skey varchar(100) NOT NULL,
  create_time datetime NOT NULL, last_visit_time datetime NOT NULL, open_id varchar(100) NOT NULL,
  session_key varchar(100) NOT NULL, user_info varchar(2048) DEFAULT NULL, ${more} PRIMARY KEY (id),
  KEY auth (uuid, skey), KEY weixin (open_id, session_key)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;`;

export const PHP_TABLES = appinfo("cAppinfo") + sessioninfo("cSessionInfo");

/** In the letter case of a fork of go. */
export const GO_TABLES =
  appinfo("cAppInfo") + sessioninfo("cSessioninfo", "appid varchar(200) NOT NULL,");

export const SCF_TABLES =
  appinfo(
    "cAppinfo",
    "access_token varchar(521) DEFAULT NULL, expires_in int(11) DEFAULT '7200', update_time datetime DEFAULT NULL,",
  ) +
  sessioninfo("cSessionInfo", "appid varchar(100) DEFAULT '', union_id varchar(100) DEFAULT '',") +
  `CREATE TABLE cAppinfo_work (
    corpid varchar(100) NOT NULL, agentid varchar(100) NOT NULL, agentsecret varchar(300) NOT NULL,
    login_duration int(11) DEFAULT '30', session_duration int(11) DEFAULT '2592000',
    qcloud_appid varchar(300) DEFAULT 'appid_qcloud', ip varchar(50) DEFAULT '0.0.0.0',
    access_token varchar(521) DEFAULT NULL, expires_in int(11) DEFAULT '7200', update_time datetime DEFAULT NULL,
    remark varchar(255) DEFAULT NULL, ticket varchar(521) DEFAULT NULL, ticket_expires_in int(11) DEFAULT '7200',
    ticket_update_time datetime DEFAULT NULL, agent_ticket varchar(521) DEFAULT NULL,
    agent_update_time datetime DEFAULT NULL, UNIQUE KEY corp_agent (corpid, agentid))
    ENGINE=MyISAM DEFAULT CHARSET=utf8;`;

/** Returns the statement by which an old server inserts a session, naming its columns. */
export function sessionRow(
  table: string,
  row: {
    uuid: string;
    skey: string;
    openid: string;
    /** A datetime in the database's zone. */
    createdAt: string;
    visitedAt?: string;
    userInfo?: string;
    appid?: string;
    unionid?: string;
  },
): string {
  const columns: Record<string, string> = {
    uuid: row.uuid,
    skey: row.skey,
    create_time: row.createdAt,
    last_visit_time: row.visitedAt ?? row.createdAt,
    open_id: row.openid,
    session_key: `key-of-${row.uuid}`,
    user_info: row.userInfo ?? "",
    ...(row.appid !== undefined && { appid: row.appid }),
    ...(row.unionid !== undefined && { union_id: row.unionid }),
  };
  const values = Object.values(columns).map((value) => `'${value}'`);
  return `INSERT INTO ${table} (${Object.keys(columns).join(", ")}) VALUES (${values.join(", ")});`;
}
