import { api, dataOf, segment } from "../../client/api.ts";
import { useFormats } from "../../format/format.ts";
import { useNotice } from "../../parts/notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { useText } from "../../text/text.tsx";

/** Ends the sessions of all users of an app, after its name was typed. */
export function AppSignOut({
  app: { appid, title },
  sessions,
  onDone,
  onClose,
}: {
  app: { appid: string; title: string };
  /** How many sessions end; null when unknown. */
  sessions: number | null;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const { number } = useFormats();
  const say = useNotice();
  const name = title || appid;
  let revoked = 0;
  const endAll = async () => {
    const ofApp = api.apps({ appid: segment(appid) }).sessions;
    // The server ends as many as five seconds allow.
    for (let isComplete = false; !isComplete; ) {
      const ended = await dataOf(ofApp.delete(undefined, { query: { all: "true" } }));
      revoked += ended.revoked;
      isComplete = ended.complete;
    }
  };
  return (
    <Question
      title={t.apps.signOutTitle(name)}
      verb={t.apps.signOut}
      typed={name}
      failed={t.apps.notSignedOut}
      act={endAll}
      onDone={() => {
        say(t.users.revoked(number(revoked)));
        onDone();
      }}
      onClose={onClose}
    >
      <p>{t.apps.signOutConsequence(sessions === null ? "?" : number(sessions))}</p>
      <SameCall
        command={commandOf("session", "revoke", appid, "--all")}
        call={{ method: "DELETE", path: `/apps/${segment(appid)}/sessions?all=true` }}
      />
    </Question>
  );
}
