import type { Waferd } from "./waferd.ts";

/** The series of a metrics page, by name and labels. */
export class Metrics {
  readonly text: string;
  readonly #series = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
    for (const [, name = "", labels = "", value] of text.matchAll(
      /^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm,
    ))
      this.#series.set(seriesName(name, Object.fromEntries(pairs(labels))), Number(value));
  }

  /** Returns the value of a series, or undefined. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    return this.#series.get(seriesName(name, labels));
  }

  /** Returns all series of a name, by the values of their labels. */
  all(name: string): Record<string, number> {
    const found = [...this.#series].filter(([series]) => series.startsWith(`${name} `));
    return Object.fromEntries(
      found.map(([series, value]) => [series.slice(name.length + 1), value]),
    );
  }
}

const pairs = (labels: string): [string, string][] =>
  [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]);

const seriesName = (name: string, labels: Record<string, string>): string =>
  `${name} ${Object.keys(labels)
    .sort()
    .map((label) => labels[label])
    .join(" ")}`;

/** Returns the address of the metrics of a server that has a separate listener for them. */
export async function metricsUrl(waferd: Waferd): Promise<string> {
  const { port } = await waferd.logged(({ msg }) => msg === "metrics are served");
  return `http://127.0.0.1:${port}/metrics`;
}

export async function metricsOf(waferd: Waferd): Promise<Metrics> {
  const answer = await fetch(await metricsUrl(waferd));
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`);
  return new Metrics(await answer.text());
}
