import { use } from "react";
import { FieldContext } from "./field.tsx";

/** A choice of a few: the browser's own, which fingers, keys and screen readers know. */
export function Choice<Value extends string>({
  value,
  options,
  onChange,
  label,
}: {
  value: Value;
  options: readonly { value: Value; text: string }[];
  onChange: (value: Value) => void;
  /** Where no {@link Field} is around it. */
  label?: string;
}) {
  const { describedBy } = use(FieldContext);
  return (
    <select
      className="choice"
      aria-describedby={describedBy}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value as Value)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  );
}
