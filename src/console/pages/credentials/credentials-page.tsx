import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { MomentOrNone } from "../../format/moment.tsx";
import { CodeBlock } from "../../parts/code-block.tsx";
import { List } from "../../parts/list.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { curlOf } from "../../parts/shell.ts";
import { Status } from "../../parts/status.tsx";
import { pathTo, queryText, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { CredentialPanel } from "./credential-panel.tsx";
import { CREDENTIAL_TONES } from "./credential-tones.ts";

/** Seconds after which states and times are read again. */
const EVERY_SECONDS = 20;

/** Hosted access tokens and tickets. */
export default function CredentialsPage() {
  const { t } = useText();
  const { segments, query, go } = usePlace();
  const cursor = query.get("cursor");
  const reading = useReading(
    `credentials ${cursor}`,
    () => dataOf(api.credentials.get({ query: cursor === null ? {} : { cursor } })),
    { everySeconds: EVERY_SECONDS },
  );
  const [, owner, kind] = segments;
  const kept = queryText({ cursor });
  const open = reading.value?.items.find((one) => one.owner === owner && one.kind === kind);
  return (
    <ConsolePage title={t.menu.credentials} purpose={t.credentials.purpose}>
      <List
        label={t.menu.credentials}
        reading={reading}
        failed={t.credentials.notListed}
        keyOf={(one) => `${one.owner} ${one.kind}`}
        placeOfRow={(one) => pathTo("credentials", one.owner, one.kind) + kept}
        isOpen={(one) => one === open}
        empty={
          <>
            <p>{t.credentials.empty}</p>
            <CodeBlock
              label="curl"
              code={curlOf(location.origin, {
                method: "GET",
                path: "/apps/AppID/credentials/access-token",
              })}
            />
          </>
        }
        columns={[
          { title: t.credentials.kind, line: 1, cell: (one) => t.credentials.kinds[one.kind] },
          { title: t.credentials.owner, line: 2, cell: (one) => <code>{one.owner}</code> },
          {
            title: t.words.state,
            line: 2,
            cell: (one) => (
              <Status tone={CREDENTIAL_TONES[one.state]} word={t.credentials.states[one.state]} />
            ),
          },
          {
            title: t.credentials.fetchedAt,
            line: null,
            isRight: true,
            cell: (one) => <MomentOrNone at={one.fetchedAt} />,
          },
          {
            title: t.credentials.lastUsedAt,
            line: null,
            isRight: true,
            cell: (one) => <MomentOrNone at={one.lastUsedAt} />,
          },
          {
            title: t.credentials.expiresAt,
            line: 1,
            isRight: true,
            cell: (one) => <MomentOrNone at={one.expiresAt} />,
          },
        ]}
      />
      {open !== undefined && (
        <CredentialPanel
          key={`${owner} ${kind}`}
          credential={open}
          onClose={() => go(`/credentials${kept}`)}
          onChange={reading.reload}
        />
      )}
    </ConsolePage>
  );
}
