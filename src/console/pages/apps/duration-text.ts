import { useFormats } from "../../format/format.ts";

/** Returns the function that writes seconds in the largest unit that loses nothing. */
export function useDurationText(): (seconds: number) => string {
  const { duration } = useFormats();
  return (seconds) => {
    const size = [86_400, 3600, 60].find((one) => seconds % one === 0) ?? 1;
    const value = seconds / size;
    // One of a unit reads better than 24 of the next.
    return value === 1 || size !== 1 || seconds < 60 ? duration(seconds) : `${seconds} s`;
  };
}
