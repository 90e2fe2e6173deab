import type { Flaw } from "../../core/store.ts";
import type { Sealer } from "../../crypto/seal.ts";
import {
  AGENTS,
  APPS,
  AUDIT,
  agentKey,
  appFactsKey,
  appKey,
  CONSOLE_SESSIONS,
  CREDENTIALS,
  consoleSessionKey,
  credentialKey,
  SERVICE_KEYS,
  SERVICE_KEYS_BY_HASH,
  SESSIONS_BY_EXPIRY,
  serviceKeyKey,
  sessionAppKey,
  sessionKey,
  sessionsKey,
} from "./keys.ts";
import type { Redis } from "./redis.ts";
import { toSession } from "./session-hash.ts";

const STEP = 500;

/** Checks every record that the indexes name (see Store.check). Only inside `run`. */
export async function checkRedis(
  redis: Redis,
  sealer: Sealer,
  onFlaw: (flaw: Flaw) => void,
): Promise<Record<string, number>> {
  /** Checks the members of a sorted set. A flaw is checked again, as the member may be changing. */
  const each = async (
    list: string,
    what: (member: string) => string,
    look: (member: string) => Promise<string | null>,
  ): Promise<number> => {
    let number = 0;
    let cursor = "0";
    const examine = async (member: string): Promise<void> => {
      const problem = await look(member);
      if (problem === null || (await redis.send("ZSCORE", list, member)) === null) return;
      const again = await look(member);
      if (again !== null) onFlaw({ what: what(member), problem: again });
    };
    do {
      const step = (await redis.send("ZSCAN", list, cursor, "COUNT", STEP)) as [string, string[]];
      const members = step[1].flat().filter((_, index) => index % 2 === 0);
      cursor = step[0];
      number += members.length;
      await Promise.all(members.map((member) => examine(String(member))));
    } while (cursor !== "0");
    return number;
  };
  const hash = async (key: string) => (await redis.send("HGETALL", key)) as Record<string, string>;
  const unsealed = (sealed: string | undefined, place: string): string | null => {
    try {
      sealer.open(Buffer.from(sealed ?? "", "base64"), place);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };

  let sessions = 0;
  const apps = await each(
    APPS,
    (appid) => `app ${appid}`,
    async (appid) => {
      if ((await hash(appKey(appid)))["secret"] === undefined)
        return "it has a number, but no secret";
      return (await hash(appFactsKey(appid)))["number"] === undefined ? "it has no number" : null;
    },
  );
  for (const appid of (await redis.send("ZRANGE", APPS, 0, -1)) as string[])
    sessions += await each(
      sessionsKey(appid),
      (entry) => `session ${entry.split("\0")[1]}`,
      async (entry) => {
        const [openid = "", id = ""] = entry.split("\0");
        const due = await redis.send("ZSCORE", SESSIONS_BY_EXPIRY, `${appid} ${id} ${openid}`);
        if (due === null) return "it is not in the index by expiry";
        const found = await hash(sessionKey(appid, id));
        // Redis has deleted the expired hash, and the sweep will remove the entry.
        if (Object.keys(found).length === 0) return null;
        const session = toSession(appid, id, found);
        if (session === null) return "its hash is incomplete";
        if (session.openid !== openid) return "the index has it for another user";
        if (Number.isNaN(session.loginAt + session.lastVisitAt)) return "its times are invalid";
        if ((await redis.send("GET", sessionAppKey(id))) !== appid)
          return "the index by id lacks it";
        return null;
      },
    );
  const credentials = await each(
    CREDENTIALS,
    (key) => `credential ${key}`,
    async (key) => unsealed((await hash(credentialKey(key)))["value"], `credentials:${key}:value`),
  );
  const consoles = await each(
    CONSOLE_SESSIONS,
    (id) => `session of the console ${id}`,
    async (id) => {
      const { proof, startedAt, lastUsedAt } = await hash(consoleSessionKey(id));
      if (proof === undefined) return "the list has it, and its hash is missing";
      const times = Number(startedAt) + Number(lastUsedAt);
      return Number.isNaN(times) ? "its times are invalid" : null;
    },
  );
  const agents = await each(
    AGENTS,
    (name) => `agent ${name}`,
    async (name) => {
      const place = `work-agents:${name.replace(" ", ":")}:agentSecret`;
      return unsealed((await hash(agentKey(name)))["agentSecret"], place);
    },
  );
  const serviceKeys = await each(
    SERVICE_KEYS,
    (id) => `service key ${id}`,
    async (id) => {
      const found = (await hash(serviceKeyKey(id)))["hash"];
      const owner = found && (await redis.send("HGET", SERVICE_KEYS_BY_HASH, found));
      return owner === id ? null : "the index by hash lacks it";
    },
  );
  return {
    apps,
    sessions,
    credentials,
    "sessions of the console": consoles,
    "WeCom agents": agents,
    "service keys": serviceKeys,
    "audit entries": Number(await redis.send("ZCARD", AUDIT)),
  };
}
