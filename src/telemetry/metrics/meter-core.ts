import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Meters } from "./meters.ts";
import type { OutcomeTally } from "./outcome-tally.ts";

/**
 * Counts what comes of logins and checks of sessions, whichever protocol they came by. It takes the place of the
 * services' own methods, so that the core knows nothing of it and costs the same without it.
 */
export function meterCore(
  { logins, sessions, fastPath, weapp }: Pick<Core, "logins" | "sessions" | "fastPath" | "weapp">,
  meters: Meters,
): void {
  const counting =
    <Outcome>(tally: OutcomeTally, appidOf: (success: Exclude<Outcome, Failure>) => string) =>
    (outcome: Outcome, named: string | null): void => {
      if (outcome instanceof Failure) tally.count(named, outcome.code);
      else tally.count(meters.apps.add(appidOf(outcome as Exclude<Outcome, Failure>)), "ok");
    };

  const login = logins.login.bind(logins);
  const countLogin = counting<Awaited<ReturnType<typeof login>>>(
    meters.logins,
    ({ session }) => session.appid,
  );
  logins.login = (request) => told(login(request), (outcome) => countLogin(outcome, request.appid));

  const verify = sessions.verify.bind(sessions);
  const countCheck = counting<Awaited<ReturnType<typeof verify>>>(
    meters.verifications,
    ({ session }) => session.appid,
  );
  sessions.verify = (proof) => told(verify(proof), (outcome) => countCheck(outcome, proof.appid));

  const check = fastPath.check.bind(fastPath);
  fastPath.check = (proof) => {
    const found = check(proof);
    if (found !== null) meters.verifications.count(meters.apps.add(found.session.appid), "ok");
    return found;
  };

  const weappLogin = weapp.login.bind(weapp);
  const recall = weapp.recall.bind(weapp);
  type User = Awaited<ReturnType<typeof recall>>;
  const countWeappLogin = counting<User>(meters.logins, ({ appid }) => appid);
  const countRecall = counting<User>(meters.verifications, ({ appid }) => appid);
  weapp.login = (appid, code, data) =>
    told(weappLogin(appid, code, data), (outcome) => countWeappLogin(outcome, appid));
  weapp.recall = (appid, code) =>
    told(recall(appid, code), (outcome) => countRecall(outcome, appid));
}

/** Has an outcome told beside whoever waits for it, who gets it no later for that. */
function told<Given>(given: Given, tell: (outcome: Awaited<Given>) => void): Given {
  if (given instanceof Promise) given.then(tell, () => undefined);
  else tell(given as Awaited<Given>);
  return given;
}
