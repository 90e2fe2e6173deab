import { api, dataOf, segment } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { useNotice } from "../../parts/notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { commandOf } from "../../parts/shell.ts";
import { queryText } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const MOST_COUNTED = 200;

/** Ends all sessions of a user. */
export function UserRevocation({
  appid,
  openid,
  onDone,
  onClose,
}: {
  appid: string;
  openid: string;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useText();
  const { number } = useFormats();
  const say = useNotice();
  const { sessions } = api.apps({ appid: segment(appid) });
  const { value } = useReading(`count ${appid} ${openid}`, () =>
    dataOf(sessions.get({ query: { openid, limit: MOST_COUNTED } })),
  );
  const count =
    value === undefined ? "…" : number(value.items.length) + (value.next === null ? "" : "+");
  let revoked = 0;
  return (
    <Question
      title={t.users.revokeAllTitle}
      verb={t.users.revokeAll}
      failed={t.users.notRevoked}
      act={async () => {
        ({ revoked } = await dataOf(sessions.delete(undefined, { query: { openid } })));
      }}
      onClose={onClose}
      onDone={() => {
        say(t.users.revoked(number(revoked)));
        onDone();
      }}
    >
      <p>{t.users.revokeAllConsequence(count)}</p>
      <p>
        <code>{openid}</code>
      </p>
      <SameCall
        command={commandOf("session", "revoke", appid, "--user", openid)}
        call={{
          method: "DELETE",
          path: `/apps/${segment(appid)}/sessions${queryText({ openid })}`,
        }}
      />
    </Question>
  );
}
