import { useAction } from "../../client/use-action.ts";
import { MomentOrNone } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Modal } from "../../parts/modal.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";
import { CREDENTIAL_TONES } from "./credential-tones.ts";
import { FailedRenewal, type ShownFailure } from "./failed-renewal.tsx";
import { type NamedCredential, renewalPath, renewCredential } from "./renewal.ts";

interface ShownCredential extends NamedCredential {
  kind: keyof ReturnType<typeof useText>["t"]["credentials"]["kinds"];
  state: keyof typeof CREDENTIAL_TONES;
  fetchedAt: string | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
  forcedAt: string | null;
  nextAttemptAt: string | null;
  lastFailure: ShownFailure | null;
}

/** One credential, and its renewal; its value is not shown. */
export function CredentialPanel({
  credential,
  onClose,
  onChange,
}: {
  credential: ShownCredential;
  onClose: () => void;
  onChange: () => void;
}) {
  const { t } = useText();
  const say = useNotice();
  const { owner, kind, state, lastFailure } = credential;
  const { run, isBusy, error } = useAction(() => renewCredential(credential));
  const renew = async () => {
    if (!(await run())) return;
    say(t.credentials.renewed(t.credentials.kinds[kind]));
    onChange();
  };
  return (
    <Modal title={t.credentials.kinds[kind]} look="panel" onClose={onClose}>
      <div className="stack">
        <Facts
          facts={[
            [t.credentials.owner, <code key="owner">{owner}</code>],
            [
              t.words.state,
              <Status
                key="state"
                tone={CREDENTIAL_TONES[state]}
                word={t.credentials.states[state]}
              />,
            ],
            [t.credentials.expiresAt, <MomentOrNone key="expiry" at={credential.expiresAt} />],
            [
              t.credentials.nextAttemptAt,
              <MomentOrNone key="next" at={credential.nextAttemptAt} />,
            ],
            [t.credentials.fetchedAt, <MomentOrNone key="fetched" at={credential.fetchedAt} />],
            [t.credentials.lastUsedAt, <MomentOrNone key="used" at={credential.lastUsedAt} />],
            [t.credentials.forcedAt, <MomentOrNone key="forced" at={credential.forcedAt} />],
          ]}
        />
        {lastFailure !== null && <FailedRenewal failure={lastFailure} />}
        <p className="hint">{t.credentials.renewHint}</p>
        {error !== null && <ErrorLines failed={t.credentials.notRenewed} error={error} />}
        <div className="row">
          <Button onClick={renew} loading={isBusy}>
            {t.credentials.renew}
          </Button>
        </div>
        <SameCall
          command={commandOf("token", "rotate", owner, "--kind", kind, "--force")}
          call={{ method: "POST", path: renewalPath(credential), body: { force: true } }}
        />
      </div>
    </Modal>
  );
}
