import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useTheme } from "../frame/theme.tsx";

const HEIGHT = 220;
/** Pixels between two times of the axis, at least: a date in either language, and a gap. */
const TIME_SPACE = 72;

/** One series of a chart. */
export interface Series {
  name: string;
  values: readonly (number | null)[];
  /** A custom property with the colour, such as `--chart-1`. */
  color: string;
  look: "line" | "bars";
}

/**
 * A chart over time.
 *
 * @param times milliseconds since the Unix epoch, ascending; one for each value
 * @param describe writes a time for the axis and the legend
 * @param label says the chart's content to those who do not see it
 */
export function Chart({
  times,
  series,
  describe,
  format,
  label,
}: {
  times: readonly number[];
  series: readonly Series[];
  describe: (time: number) => string;
  format: (value: number) => string;
  label: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const { theme } = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const colors = getComputedStyle(element);
    const color = (name: string) => colors.getPropertyValue(name).trim();
    const bars = uPlot.paths.bars?.({ size: [0.6, 40] });
    const axis = { stroke: color("--faint"), grid: { stroke: color("--line"), width: 1 } };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        ms: 1,
        cursor: { drag: { x: false, y: false } },
        axes: [
          { ...axis, space: TIME_SPACE, values: (_, ticks) => ticks.map(describe) },
          { ...axis, size: 60, values: (_, ticks) => ticks.map(format) },
        ],
        series: [
          { label: "", value: (_, time) => (time === null ? "" : describe(time)) },
          ...series.map(({ name, color: of, look }) => ({
            label: name,
            stroke: color(of),
            width: 2,
            points: { show: false },
            value: (_: uPlot, value: number | null) => (value === null ? "–" : format(value)),
            ...(look === "bars" && {
              fill: color(of),
              width: 0,
              ...(bars !== undefined && { paths: bars }),
            }),
          })),
        ],
      },
      [[...times], ...series.map(({ values }) => [...values])],
      element,
    );
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, series, describe, format, theme]);
  return <div className="chart" ref={place} role="img" aria-label={label} />;
}
