import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useTheme } from "../frame/theme.tsx";

const HEIGHT = 220;
/** Pixels between two times of the axis, at least: a date in either language, and a gap. */
const TIME_SPACE = 72;

/** One series of a chart. */
export interface ChartSeries {
  name: string;
  values: readonly number[];
  /** A custom property with the colour, such as `--chart-1`. */
  color: string;
  look: "line" | "bars";
}

interface ChartProps {
  /** Milliseconds since the Unix epoch, ascending; one for each value. */
  times: readonly number[];
  series: readonly ChartSeries[];
  /** Whether each series stands on the one before. */
  isStacked?: boolean;
  /** Writes a time for the axis and the legend. */
  describe: (time: number) => string;
  format: (value: number) => string;
  /** The chart's content for those who do not see it. */
  label: string;
}

/** A chart over time. */
export function Chart({ times, series, isStacked = false, describe, format, label }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const { theme } = useTheme();
  // Later series are drawn on top, and so the sum of all comes first.
  const drawn = isStacked ? series.toReversed() : series;
  const latest = useRef(drawn);
  latest.current = drawn;
  const looks = JSON.stringify(drawn.map(({ name, color, look }) => [name, color, look]));
  const data = JSON.stringify([
    times,
    ...(isStacked ? sums(series).toReversed() : valuesOf(series)),
  ]);
  const latestData = useRef(data);
  latestData.current = data;

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
        scales: {
          x: { range: withHalfSteps },
          y: { range: (_, __, highest) => [0, Math.max(4, highest * 1.05)] },
        },
        axes: [
          { ...axis, space: TIME_SPACE, values: (_, ticks) => ticks.map(describe) },
          {
            ...axis,
            size: 60,
            incrs: WHOLE_STEPS,
            values: (_, ticks) => ticks.map(format),
          },
        ],
        series: [
          { label: "", value: (_, time) => (time === null ? "" : describe(time)) },
          ...latest.current.map(({ name, color: of, look }, row) => ({
            label: name,
            stroke: color(of),
            width: 2,
            points: { show: false },
            value(_: uPlot, __: number | null, ___: number, index: number | null) {
              const value = index === null ? undefined : latest.current[row]?.values[index];
              return value === undefined ? "–" : format(value);
            },
            ...(look === "bars" && {
              fill: color(of),
              width: 0,
              ...(bars !== undefined && { paths: bars }),
            }),
          })),
        ],
      },
      JSON.parse(latestData.current),
      element,
    );
    chart.current = plot;
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [looks, describe, format, theme]);
  useEffect(() => chart.current?.setData(JSON.parse(data)), [data]);
  return <div className="chart" ref={place} role="img" aria-label={label} />;
}

/** Returns a range with room for the halves of the outer bars. */
function withHalfSteps({ data: [times] }: uPlot, first: number, last: number): [number, number] {
  const half = (last - first) / Math.max(1, times.length - 1) / 2;
  return [first - half, last + half];
}

/** Steps of an axis of counts. */
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();

const valuesOf = (series: readonly ChartSeries[]): (readonly number[])[] =>
  series.map(({ values }) => values);

/** Returns for each series its values with those of the series before. */
function sums(series: readonly ChartSeries[]): number[][] {
  let below: readonly number[] = [];
  return series.map(({ values }) => {
    const sum = values.map((value, index) => value + (below[index] ?? 0));
    below = sum;
    return sum;
  });
}
