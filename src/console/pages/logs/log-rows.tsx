import { memo } from "react";
import { useFormats } from "../../format/format.ts";
import { Status, type StatusTone } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";
import { type ShownLine, summaryOf } from "./log-line.ts";

export const LEVEL_TONES = {
  debug: "calm",
  info: "calm",
  warn: "fair",
  error: "bad",
} as const satisfies Record<ShownLine["level"], StatusTone>;

/** The lines of the log, latest first. */
export function LogRows({
  lines,
  onOpen,
}: {
  lines: readonly ShownLine[];
  onOpen: (line: ShownLine) => void;
}) {
  const { t } = useText();
  return (
    <ul className="log" aria-label={t.menu.logs}>
      {lines.map((line) => (
        <LogRow key={line.number} line={line} onOpen={onOpen} />
      ))}
    </ul>
  );
}

const LogRow = memo(function LogRow({
  line,
  onOpen,
}: {
  line: ShownLine;
  onOpen: (line: ShownLine) => void;
}) {
  const { clock, exact } = useFormats();
  const time = Date.parse(line.time);
  return (
    <li>
      <button type="button" className={`log-line ${line.level}`} onClick={() => onOpen(line)}>
        <time dateTime={line.time} title={exact(time)}>
          {clock(time)}
        </time>
        <Status tone={LEVEL_TONES[line.level]} word={line.level} />
        <span className="log-message">{line.msg}</span>
        <span className="log-fields">{summaryOf(line)}</span>
      </button>
    </li>
  );
});
