import { CopyButton } from "./copy-button.tsx";

const SHOWN_ENDS = 6;

/** Returns an id without its middle. */
export const shortened = (id: string): string =>
  id.length <= 2 * SHOWN_ENDS + 3 ? id : `${id.slice(0, SHOWN_ENDS)}…${id.slice(-SHOWN_ENDS)}`;

/** An id without its middle, whole on hover, with a button that copies it. */
export const ShortId = ({ id, label }: { id: string; label: string }) => (
  <span className="short-id">
    <code title={id}>{shortened(id)}</code>
    <CopyButton text={id} label={label} />
  </span>
);
