import { answerOf, api, segment } from "../../client/api.ts";
import { useFormats } from "../../format/format.ts";
import { useNotice } from "../../parts/notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { useText } from "../../text/text.tsx";

/** Removes an app after its name was typed. */
export function AppRemoval({
  app: { appid, title },
  etag,
  sessions,
  onDone,
  onClose,
}: {
  app: { appid: string; title: string };
  etag: string | null;
  /** How many sessions end; null when unknown. */
  sessions: number | null;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const { number } = useFormats();
  const say = useNotice();
  const name = title || appid;
  const count = sessions === null ? "?" : number(sessions);
  return (
    <Question
      title={t.apps.removeTitle(name)}
      verb={t.apps.remove}
      typed={name}
      failed={t.apps.notRemoved}
      act={() =>
        answerOf(
          api
            .apps({ appid: segment(appid) })
            .delete(undefined, { headers: { "if-match": etag ?? "*" } }),
        )
      }
      onDone={() => {
        say(t.apps.removed(name, count));
        onDone();
      }}
      onClose={onClose}
    >
      <p>{t.apps.removeConsequence(count)}</p>
      <SameCall
        command={commandOf("app", "remove", appid)}
        call={{ method: "DELETE", path: `/apps/${segment(appid)}` }}
      />
    </Question>
  );
}
