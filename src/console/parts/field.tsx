import type { ReactNode } from "react";

/** A control under its label. The control is inside of the label, which names it. */
export const Field = ({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  children: ReactNode;
}) => (
  <div className="field">
    {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the child */}
    <label>
      <span className="field-label">{label}</span>
      {children}
    </label>
    {error ? (
      <p className="field-error" role="alert">
        {error}
      </p>
    ) : (
      hint !== undefined && <p className="hint">{hint}</p>
    )}
  </div>
);
