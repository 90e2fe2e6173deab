import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Meters } from "./meters.ts";
import type { OutcomeTally } from "./outcome-tally.ts";

/**
 * Returns a core that counts the outcomes of logins and session checks, in every protocol. The
 * given core does not change: without metrics nothing is counted, and nothing costs more.
 */
export const meteredCore = (core: Core, meters: Meters): Core => ({
  ...core,
  logins: meteredLogins(core.logins, meters),
  sessions: meteredSessions(core.sessions, meters),
  fastPath: meteredFastPath(core.fastPath, meters),
  weapp: meteredWeapp(core.weapp, meters),
});

function meteredLogins(logins: Core["logins"], meters: Meters): Core["logins"] {
  const count = counter<Awaited<ReturnType<typeof logins.login>>>(
    meters,
    meters.logins,
    ({ session }) => session.appid,
  );
  return {
    login: (request, client) =>
      observed(logins.login(request, client), (outcome) => count(outcome, request.appid)),
  };
}

function meteredSessions(sessions: Core["sessions"], meters: Meters): Core["sessions"] {
  const count = counter<Awaited<ReturnType<typeof sessions.verify>>>(
    meters,
    meters.verifications,
    ({ session }) => session.appid,
  );
  return {
    verify: (proof) => observed(sessions.verify(proof), (outcome) => count(outcome, proof.appid)),
    open: (proof) => sessions.open(proof),
  };
}

function meteredFastPath(
  fastPath: Core["fastPath"],
  { apps, verifications }: Meters,
): Core["fastPath"] {
  return {
    check(proof) {
      const found = fastPath.check(proof);
      if (found !== null) verifications.count(apps.add(found.session.appid), "ok");
      return found;
    },
  };
}

function meteredWeapp(weapp: Core["weapp"], meters: Meters): Core["weapp"] {
  type User = Awaited<ReturnType<typeof weapp.recall>>;
  const countLogin = counter<User>(meters, meters.logins, ({ appid }) => appid);
  const countRecall = counter<User>(meters, meters.verifications, ({ appid }) => appid);
  return {
    login: (appid, code, data, client) =>
      observed(weapp.login(appid, code, data, client), (outcome) => countLogin(outcome, appid)),
    recall: (appid, code) =>
      observed(weapp.recall(appid, code), (outcome) => countRecall(outcome, appid)),
  };
}

/**
 * Returns a function that counts an outcome: a success for the app that it is of, a failure for the
 * app that the request names.
 */
const counter =
  <Outcome>(
    { apps }: Meters,
    tally: OutcomeTally,
    appidOf: (success: Exclude<Outcome, Failure>) => string,
  ) =>
  (outcome: Outcome, named: string | null): void => {
    if (outcome instanceof Failure) tally.count(named, outcome.code);
    else tally.count(apps.add(appidOf(outcome as Exclude<Outcome, Failure>)), "ok");
  };

/** Reports an outcome without delaying the caller, who gets the same promise back. */
function observed<Outcome>(
  given: Promise<Outcome>,
  report: (outcome: Outcome) => void,
): Promise<Outcome> {
  given.then(report, () => undefined);
  return given;
}
