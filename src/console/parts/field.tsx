import { createContext, type ReactNode, useId } from "react";

interface FieldState {
  /** The id of the hint or the error below the control. */
  describedBy: string | undefined;
  isInvalid: boolean;
}

/** Tells a control what its field says about it. */
export const FieldContext = createContext<FieldState>({ describedBy: undefined, isInvalid: false });

/** A control under its label. The control is inside of the label, which names it. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  children: ReactNode;
}) {
  const id = useId();
  const isInvalid = Boolean(error);
  const describedBy = isInvalid || hint !== undefined ? id : undefined;
  return (
    <div className="field">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the child */}
      <label>
        <span className="field-label">{label}</span>
        <FieldContext value={{ describedBy, isInvalid }}>{children}</FieldContext>
      </label>
      {isInvalid ? (
        <p className="field-error" role="alert" id={id}>
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p className="hint" id={id}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}
