import { useEffect, useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Choice } from "../../parts/choice.tsx";
import { Field } from "../../parts/field.tsx";
import { FilterForm } from "../../parts/filter-form.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";

const TEXT_FILTERS = ["app", "code", "path", "requestId"] as const;

/** The members of the address that filter the log, by the API's names. */
export const logFilterNames = ["level", ...TEXT_FILTERS] as const;

type TextFilters = Record<(typeof TEXT_FILTERS)[number], string>;

/** The filters of the log, which the address keeps. */
export function LogFilters() {
  const { t } = useText();
  const { query, setQuery } = usePlace();
  const [texts, setTexts] = useState<TextFilters>({ app: "", code: "", path: "", requestId: "" });
  const now = query.toString();
  useEffect(() => {
    const current = new URLSearchParams(now);
    const of = (name: keyof TextFilters) => current.get(name) ?? "";
    setTexts({ app: of("app"), code: of("code"), path: of("path"), requestId: of("requestId") });
  }, [now]);
  const submit = () => {
    setQuery(
      Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, value.trim()])),
    );
  };
  const isFiltered = logFilterNames.some((name) => query.has(name));
  const none = Object.fromEntries(logFilterNames.map((name) => [name, null]));
  return (
    <FilterForm onSubmit={submit}>
      <Field label={t.logs.level}>
        <Choice
          value={query.get("level") ?? ""}
          onChange={(level) => setQuery({ level })}
          options={[
            { value: "", text: t.words.all },
            ...["info", "warn", "error"].map((value) => ({ value, text: t.logs.atLeast(value) })),
          ]}
        />
      </Field>
      {TEXT_FILTERS.map((name) => (
        <Field key={name} label={t.logs.filters[name]}>
          <TextInput
            value={texts[name]}
            onChange={(value) => setTexts({ ...texts, [name]: value })}
          />
        </Field>
      ))}
      <Button type="submit" variant="outline">
        {t.words.search}
      </Button>
      {isFiltered && (
        <Button type="button" variant="text" onClick={() => setQuery(none)}>
          {t.words.all}
        </Button>
      )}
    </FilterForm>
  );
}
