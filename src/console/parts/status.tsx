export type StatusTone = "good" | "fair" | "bad" | "calm";

/** A state by colour and word. */
export const Status = ({ tone, word }: { tone: StatusTone; word: string }) => (
  <span className={`status ${tone}`}>
    <span aria-hidden="true">●</span> {word}
  </span>
);
