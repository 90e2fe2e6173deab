import { type Production, startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

/** The figures of the rounds. */
export interface KillStatistics {
  rounds: number;
  /** Number of logins that were answered with a session. */
  acknowledged: number;
  /** Number of successful checks of such sessions after a kill. */
  verified: number;
}

const USERS_AT_ONCE = 4;
/** Longest time that a server listens in a round, in milliseconds. */
const LONGEST_LIFE = 150;
/** Approximate duration of a start, in milliseconds: a kill within it may hit any step. */
const START = 120;
const CHECKS_AT_ONCE = 32;

interface Acknowledged {
  id: string;
  skey: string;
}

/**
 * Runs rounds of three parts: `kill -9` during a start, on the same data and on an empty folder;
 * start, continuous logins, `kill -9` at a random moment; start, a check of every session that was
 * ever acknowledged. Each login is a user's first, so that an unanswered one cannot replace an
 * acknowledged session.
 *
 * @param report called after every round
 * @throws Error when a session is lost or the store does not open
 */
export async function killRounds(
  rounds: number,
  report: (round: number) => void = () => undefined,
): Promise<KillStatistics> {
  await using production = await startProduction();
  await production.waferd.stop();
  const { dataDir } = production.waferd;
  const environment = { WAFERD_WECHAT_API_BASE: production.sandbox.apiBase };
  const acknowledged: Acknowledged[] = [];
  let verified = 0;
  for (let round = 1; round <= rounds; round += 1) {
    await dieStarting(dataDir);
    await liveAndDie(production, acknowledged, { dataDir, environment });
    await using survivor = await Waferd.start({ dataDir, environment });
    const lost: Acknowledged[] = [];
    for (let from = 0; from < acknowledged.length; from += CHECKS_AT_ONCE) {
      const some = acknowledged.slice(from, from + CHECKS_AT_ONCE);
      const answers = await Promise.all(
        some.map((proof) => survivor.call("qcloud.cam.auth", { ...proof })),
      );
      answers.forEach((answer, index) => {
        if (answer.returnCode === 0) verified += 1;
        else lost.push(some[index] as Acknowledged);
      });
    }
    if (lost.length > 0)
      throw new Error(`round ${round}: ${lost.length} of ${acknowledged.length} sessions are lost`);
    report(round);
  }
  return { rounds, acknowledged: acknowledged.length, verified };
}

async function dieStarting(dataDir: string): Promise<void> {
  await Waferd.killWhileStarting(dataDir, Math.random() * START);
  using folder = tempFolder();
  await Waferd.killWhileStarting(folder.path, Math.random() * START);
  await using second = await Waferd.start({ dataDir: folder.path });
  const answer = await second.call("qcloud.cam.auth", { id: "unknown", skey: "nothing" });
  if (answer.returnCode !== 1012)
    throw new Error(`after a first start that was killed: ${answer.returnCode}`);
}

let users = 0;

async function liveAndDie(
  { sandbox, user }: Production,
  acknowledged: Acknowledged[],
  options: { dataDir: string; environment: Record<string, string> },
): Promise<void> {
  const lifetime = Math.random() * LONGEST_LIFE;
  await using victim = await Waferd.start(options);
  let isAlive = true;
  const logIn = async (): Promise<void> => {
    while (isAlive) {
      users += 1;
      const code = sandbox.world.giveCode(user(`user-${users}`));
      // null: killed before the answer, so this login was not acknowledged.
      const answer = await victim.call("qcloud.cam.id_skey", { code }).catch(() => null);
      if (answer === null) continue;
      if (answer.returnCode !== 0) throw new Error(`a login was refused: ${answer.returnMessage}`);
      acknowledged.push({ id: answer.returnData.id, skey: answer.returnData.skey });
    }
  };
  const loggingIn = Array.from({ length: USERS_AT_ONCE }, logIn);
  await Bun.sleep(lifetime);
  isAlive = false;
  victim.signal("SIGKILL");
  await victim.exited();
  await Promise.all(loggingIn);
}
