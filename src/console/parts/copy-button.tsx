import { useEffect, useState } from "react";
import { useText } from "../text/text.tsx";

const SHOWN_MS = 2000;

/** Copies a text, also where the page is not secure and has no clipboard. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    // Inside of the open dialog: what is outside of it takes no focus.
    const place = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
    place.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}

/** A button that copies a text, and says so in place. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useText();
  const [done, setDone] = useState<boolean | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const word = done === null ? t.words.copy : done ? t.words.copied : t.words.notCopied;
  return (
    <button
      type="button"
      className="copy"
      aria-label={label === undefined ? undefined : `${word}: ${label}`}
      onClick={async () => setDone(await copy(text))}
    >
      {word}
    </button>
  );
}
