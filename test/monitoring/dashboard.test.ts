/** The dashboard against the schema that Grafana publishes, and rules beyond the schema. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import dashboard from "../../docs/monitoring/grafana-dashboard.json";

const PROJECT = join(import.meta.dir, "../..");
const TEXT = readFileSync(join(PROJECT, "docs/monitoring/grafana-dashboard.json"), "utf8");

/** The variable of the data source that the viewer chose. */
const CHOSEN = "$" + "{datasource}";

/** Returns a module that checks the dashboard against Grafana's types, which are its schema. */
const moduleOf = (dashboardText: string): string => `
import type { Dashboard, Panel, RowPanel } from "@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen";
import type { Options as StatOptions } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as TimeSeriesFieldConfig,
  Options as TimeSeriesOptions,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

type Of<Type, Options, Custom> = Panel & {
  type: Type;
  options: Options;
  fieldConfig: { defaults: { custom?: Custom } };
};
type Known = Of<"stat", StatOptions, never> | Of<"timeseries", TimeSeriesOptions, TimeSeriesFieldConfig> | RowPanel;

/** JSON holds the values of enums as texts. */
type Plain<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

export const dashboard: Plain<Omit<Dashboard, "panels"> & { panels: Known[] }> = ${dashboardText};
`;

/** Returns the errors that the compiler reports for a dashboard. */
function complaints(dashboardText: string): string {
  const folder = mkdtempSync(join(PROJECT, "dist/dashboard-"));
  try {
    const file = join(folder, "dashboard.ts");
    writeFileSync(file, moduleOf(dashboardText));
    const options = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "preserve",
      "--types",
      "",
      "--ignoreConfig",
    ];
    const { stdout } = Bun.spawnSync([join(PROJECT, "node_modules/.bin/tsc"), ...options, file]);
    return stdout.toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the dashboard conforms to Grafana's published schema", () => {
  expect(complaints(TEXT)).toBe("");
}, 30_000);

test.each([
  {
    right: '"schemaVersion": 39',
    wrong: '"schemaVersion": "39"',
    complaint: "is not assignable to type 'number'",
  },
  { right: '"showPoints": "never"', wrong: '"showPoints": "sometimes"', complaint: "sometimes" },
  { right: '"colorMode": "value"', wrong: '"colourMode": "value"', complaint: "colourMode" },
  { right: '"type": "timeseries"', wrong: '"type": "graph"', complaint: "graph" },
])(
  "tsc reports a dashboard with $wrong in place of $right",
  ({ right, wrong, complaint }) => {
    expect(TEXT).toContain(right);
    expect(complaints(TEXT.replace(right, wrong))).toContain(complaint);
  },
  30_000,
);

test("the dashboard's panels do not overlap, and have unique ids and the chosen data source", () => {
  const { panels, templating } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { gridPos, title } of panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x} ${y}`), title).toBe(false);
        taken.add(`${x} ${y}`);
      }
  }
  for (const panel of panels)
    if ("targets" in panel)
      for (const { datasource } of panel.targets ?? []) expect(datasource.uid).toBe(CHOSEN);
  expect(templating.list.map(({ name }) => name)).toEqual(["datasource", "instance", "appid"]);
  const variables = new Set(JSON.stringify(dashboard).match(/\$\{?\w+/g));
  expect([...variables].sort()).toEqual([
    "$__all",
    "$__rate_interval",
    "$appid",
    "$instance",
    "${datasource",
  ]);
});
