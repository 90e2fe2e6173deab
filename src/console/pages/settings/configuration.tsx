import { api, dataOf } from "../../client/api.ts";
import { useReading } from "../../client/use-reading.ts";
import { CheckBox } from "../../parts/check-box.tsx";
import { List } from "../../parts/list.tsx";
import { usePlace } from "../../router/place.tsx";
import type { ConsoleText } from "../../text/en.ts";
import { useText } from "../../text/text.tsx";
import { Reload } from "./reload.tsx";

const readConfig = () => dataOf(api.server.config.get());

type Config = Awaited<ReturnType<typeof readConfig>>;
type Option = Config["items"][number];

/** Every option in effect, with where its value comes from. */
export function Configuration() {
  const { t, language } = useText();
  const { query, setQuery } = usePlace();
  const isWhole = query.get("options") === "all";
  const { value: config, error, reload } = useReading("config", readConfig);
  const shown = config?.items.filter((option) => isWhole || option.set);
  return (
    <>
      <Reload onReloaded={reload} />
      <div className="row">
        <CheckBox
          checked={isWhole}
          onChange={(isChecked) => setQuery({ options: isChecked ? "all" : null })}
        >
          {t.settings.allOptions}
        </CheckBox>
        {config !== undefined && config.file !== null && (
          <span className="hint">
            {t.settings.file} <code>{config.file}</code>
          </span>
        )}
      </div>
      {config?.hints.map((hint) => (
        <p key={hint} className="hint">
          {hint}
        </p>
      ))}
      <List
        label={t.settings.options}
        reading={{
          value: shown === undefined ? undefined : { items: shown, next: null },
          error,
          reload,
        }}
        failed={t.settings.configNotRead}
        keyOf={({ name }) => name}
        empty={<p>{t.settings.allDefault}</p>}
        columns={[
          { title: t.settings.option, line: 1, cell: ({ name }) => <code>{name}</code> },
          {
            title: t.settings.value,
            line: 2,
            cell: (option) => <code>{valueText(option, t)}</code>,
          },
          { title: t.settings.source, line: null, cell: (option) => <Source {...option} /> },
          {
            title: t.settings.meaning,
            line: null,
            cell: ({ description, reload: takesReload }) =>
              description[language] + (takesReload ? "" : t.settings.needsRestart),
          },
        ]}
      />
    </>
  );
}

function valueText({ value, set, secret }: Option, t: ConsoleText): string {
  if (secret) return set ? t.settings.secretSet : t.settings.secretUnset;
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return text === "" ? "–" : text;
}

function Source({ source: { kind, name, line } }: Pick<Option, "source">) {
  const { t } = useText();
  return (
    <>
      {t.settings.sources[kind]}{" "}
      {name !== null && <code className="whole">{line === null ? name : `${name}:${line}`}</code>}
    </>
  );
}
