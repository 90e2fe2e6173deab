import { api, dataOf } from "../../client/api.ts";
import { useApps } from "../../client/use-apps.ts";
import { useReading } from "../../client/use-reading.ts";
import { CheckBox } from "../../parts/check-box.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { useText } from "../../text/text.tsx";

const MOST_AGENTS = 200;

/** Lets choose the apps and agents that a key is for. */
export function AppChecks({
  chosen,
  onChange,
  error,
}: {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  error: string | null;
}) {
  const { t } = useText();
  const apps = useApps();
  const agents = useReading("agents-to-choose", () =>
    dataOf(api["work-agents"].get({ query: { limit: MOST_AGENTS } })),
  );
  const rows = [
    ...(apps.value?.items ?? []).map(({ appid, title }) => ({ name: appid, title })),
    ...(agents.value?.items ?? []).map(({ corpid, agentid, remark }) => ({
      name: `${corpid}:${agentid}`,
      title: remark,
    })),
  ];
  const failure = apps.error ?? agents.error;
  return (
    <fieldset>
      <legend>{t.keys.apps}</legend>
      {failure !== null && <ErrorLines failed={t.apps.notListed} error={failure} />}
      <div className="checks">
        {rows.map(({ name, title }) => (
          <CheckBox
            key={name}
            checked={chosen.includes(name)}
            onChange={(isOn) =>
              onChange(isOn ? [...chosen, name] : chosen.filter((one) => one !== name))
            }
          >
            {title} <code>{name}</code>
          </CheckBox>
        ))}
      </div>
      {error !== null && <p className="field-error">{error}</p>}
    </fieldset>
  );
}
