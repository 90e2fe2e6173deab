import { expect, test } from "bun:test";
import { type MetricsPlace, metricsPlace } from "./metrics-place.ts";

test.each<[text: string, place: MetricsPlace | undefined]>([
  ["false", null],
  ["off", null],
  ["0", null],
  ["true", "beside"],
  ["On", "beside"],
  ["1", "beside"],
  ["9464", { host: "127.0.0.1", port: 9464 }],
  ["0.0.0.0:9464", { host: "0.0.0.0", port: 9464 }],
  ["[::1]:9464", { host: "::1", port: 9464 }],
  ["metrics.internal:0", { host: "metrics.internal", port: 0 }],
  ["", undefined],
  ["maybe", undefined],
  ["65536", undefined],
  [":9464", undefined],
  ["::1:9464", undefined],
  ["127.0.0.1:", undefined],
  ["127.0.0.1:http", undefined],
])("metricsPlace(%j) is %j", (text, place) => {
  expect(metricsPlace(text)).toEqual(place as MetricsPlace);
});
