import { useEffect, useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Choice } from "../../parts/choice.tsx";
import { Field } from "../../parts/field.tsx";
import { FilterForm } from "../../parts/filter-form.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import type { AuditActionName } from "./actions.ts";
import { auditSpans } from "./spans.ts";

/** The filters of the audit, which the address keeps. */
export function AuditFilters() {
  const { t } = useText();
  const { query, setQuery } = usePlace();
  const [by, setBy] = useState("");
  const [target, setTarget] = useState("");
  const [byNow, targetNow] = [query.get("by") ?? "", query.get("target") ?? ""];
  useEffect(() => setBy(byNow), [byNow]);
  useEffect(() => setTarget(targetNow), [targetNow]);
  const submit = () => {
    setQuery({ by: by.trim(), target: target.trim() });
  };
  const actions = Object.entries(t.audit.actions) as [AuditActionName, string][];
  return (
    <FilterForm onSubmit={submit}>
      <Field label={t.audit.change}>
        <Choice
          value={query.get("action") ?? ""}
          onChange={(action) => setQuery({ action })}
          options={[
            { value: "", text: t.words.all },
            ...actions.map(([value, text]) => ({ value, text })),
          ]}
        />
      </Field>
      <Field label={t.words.time}>
        <Choice
          value={query.get("since") ?? ""}
          onChange={(since) => setQuery({ since })}
          options={[
            { value: "", text: t.words.all },
            ...auditSpans.map((value) => ({ value, text: t.audit.spans[value] })),
          ]}
        />
      </Field>
      <Field label={t.audit.target}>
        <TextInput value={target} onChange={setTarget} />
      </Field>
      <Field label={t.audit.by}>
        <TextInput value={by} onChange={setBy} />
      </Field>
      <Button type="submit" variant="outline">
        {t.words.search}
      </Button>
    </FilterForm>
  );
}
