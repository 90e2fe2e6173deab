import { useState } from "react";
import { sandboxCall } from "../../client/sandbox.ts";
import { useAction } from "../../client/use-action.ts";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { useText } from "../../text/text.tsx";

const LOGIN_FAULT = "/sandbox/faults/sns/jscode2session";
const SLOW_MS = 3000;

/** Ways in which the simulated WeChat can misbehave. */
const FAULTS = {
  slow: () => sandboxCall("PUT", LOGIN_FAULT, { latencyMs: SLOW_MS }),
  busy: () => sandboxCall("PUT", LOGIN_FAULT, { errcode: -1, errmsg: "system error" }),
  reset: () => sandboxCall("PUT", LOGIN_FAULT, { reset: true }),
  deadToken: (appid: string) =>
    sandboxCall("PUT", `/sandbox/tokens/${encodeURIComponent(appid)}`, { revoked: true }),
  well: () => sandboxCall("DELETE", LOGIN_FAULT),
} as const;

type FaultName = keyof typeof FAULTS;
const faultNames = Object.keys(FAULTS) as FaultName[];

/** Breaks the simulated WeChat, and mends it. */
export function FaultButtons({ appid }: { appid: string }) {
  const { t } = useText();
  const say = useNotice();
  const [refusal, setRefusal] = useState<string | null>(null);
  const { run, isBusy, error } = useAction(async (name: FaultName) => {
    const { status, answer } = await FAULTS[name](appid);
    setRefusal(status < 300 ? null : JSON.stringify(answer));
    if (status < 300) say(t.sandbox.faultsDone[name]);
  });
  return (
    <section className="card">
      <h2>{t.sandbox.break}</h2>
      <p>{t.sandbox.breakHint}</p>
      <div className="row">
        {faultNames.map((name) => (
          <Button
            key={name}
            variant="outline"
            disabled={isBusy || (name === "deadToken" && appid === "")}
            onClick={() => run(name)}
          >
            {t.sandbox.faults[name]}
          </Button>
        ))}
      </div>
      {refusal !== null && (
        <p className="field-error" role="alert">
          {refusal}
        </p>
      )}
      {error !== null && <ErrorLines failed={t.sandbox.failed} error={error} />}
    </section>
  );
}
