import { CopyButton } from "./copy-button.tsx";

/** Code to copy. */
export const CodeBlock = ({ code, label }: { code: string; label: string }) => (
  <section className="code-block" aria-label={label}>
    <CopyButton text={code} label={label} />
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long line is scrolled by keys, too */}
    <pre tabIndex={0}>
      <code>{code}</code>
    </pre>
  </section>
);
