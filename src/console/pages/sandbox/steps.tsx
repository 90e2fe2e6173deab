import { CodeBlock } from "../../parts/code-block.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";
import type { PhoneStep } from "./phone-step.ts";

/** The steps of the phone with each request and answer. */
export function PhoneSteps({ steps }: { steps: readonly PhoneStep[] }) {
  const { t } = useText();
  if (steps.length === 0)
    return (
      <div className="empty">
        <p>{t.sandbox.noSteps}</p>
      </div>
    );
  return (
    <ol className="steps" aria-live="polite">
      {steps.map(({ name, request, status, answer }) => (
        <li key={name} className="card">
          <h2>
            {t.sandbox.steps[name]}{" "}
            <Status tone={status < 300 ? "good" : "bad"} word={String(status)} />
          </h2>
          <CodeBlock label={t.sandbox.request} code={request} />
          <CodeBlock label={t.sandbox.answer} code={JSON.stringify(answer, null, 2)} />
        </li>
      ))}
    </ol>
  );
}
