import { type InputHTMLAttributes, use } from "react";
import { FieldContext } from "./field.tsx";

type TextInputProps = Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange"> & {
  value: string;
  onChange: (value: string) => void;
};

/** A line of text. Its {@link Field} says what is wrong with it. */
export function TextInput({ onChange, ...others }: TextInputProps) {
  const { describedBy, isInvalid } = use(FieldContext);
  return (
    <input
      className="text-input"
      autoComplete="off"
      spellCheck={false}
      aria-describedby={describedBy}
      aria-invalid={isInvalid || undefined}
      {...others}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
