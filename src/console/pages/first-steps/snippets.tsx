import { useState } from "react";
import { CodeBlock } from "../../parts/code-block.tsx";
import { Field } from "../../parts/field.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { TextInput } from "../../parts/text-input.tsx";
import { useText } from "../../text/text.tsx";
import type { Snippet, SnippetFacts } from "./code/snippet.ts";
import { CLIENT_SNIPPETS, SERVER_SNIPPETS } from "./code/snippets.ts";

const ADDRESS = /^https?:\/\/[A-Za-z0-9.:[\]-]+$/;

/** The code of both sides for this server and app, to copy. */
export function Snippets({ appid, server }: { appid: string; server: string }) {
  const { t } = useText();
  const [base, setBase] = useState("https://api.example.com");
  const isAddress = ADDRESS.test(base);
  const facts = { appid, server, base: isAddress ? base : "https://api.example.com" };
  return (
    <div className="stack">
      <Field
        label={t.firstSteps.base}
        hint={t.firstSteps.baseHint}
        error={isAddress ? null : t.firstSteps.baseFault}
      >
        <TextInput value={base} onChange={(text) => setBase(text.trim())} />
      </Field>
      <h3>{t.firstSteps.miniProgram}</h3>
      <p className="hint">{t.firstSteps.miniProgramHint}</p>
      <SnippetTabs label={t.firstSteps.miniProgram} snippets={CLIENT_SNIPPETS} facts={facts} />
      <h3>{t.firstSteps.server}</h3>
      <p className="hint">{t.firstSteps.serverHint}</p>
      <SnippetTabs label={t.firstSteps.server} snippets={SERVER_SNIPPETS} facts={facts} />
    </div>
  );
}

function SnippetTabs({
  label,
  snippets,
  facts,
}: {
  label: string;
  snippets: readonly Snippet[];
  facts: SnippetFacts;
}) {
  const [chosen, setChosen] = useState(snippets[0]?.title ?? "");
  const snippet = snippets.find(({ title }) => title === chosen);
  return (
    <Tabs
      label={label}
      tabs={snippets.map(({ title }) => ({ id: title, title }))}
      chosen={chosen}
      onChoose={setChosen}
    >
      {snippet !== undefined && (
        <CodeBlock label={`${snippet.title}: ${snippet.file}`} code={snippet.code(facts)} />
      )}
    </Tabs>
  );
}
