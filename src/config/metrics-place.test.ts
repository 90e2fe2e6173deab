import { expect, test } from "bun:test";
import { type MetricsPlace, metricsPlace } from "./metrics-place.ts";

test.each<{ text: string; name: string; place: MetricsPlace | undefined }>([
  { text: "false", name: "no place", place: null },
  { text: "off", name: "no place", place: null },
  { text: "0", name: "no place", place: null },
  { text: "true", name: "the main port", place: "beside" },
  { text: "On", name: "the main port", place: "beside" },
  { text: "1", name: "the main port", place: "beside" },
  { text: "9464", name: "a port", place: { host: "127.0.0.1", port: 9464 } },
  { text: "0.0.0.0:9464", name: "an address", place: { host: "0.0.0.0", port: 9464 } },
  { text: "[::1]:9464", name: "an address", place: { host: "::1", port: 9464 } },
  { text: "metrics.internal:0", name: "a host", place: { host: "metrics.internal", port: 0 } },
  { text: "", name: "undefined", place: undefined },
  { text: "maybe", name: "undefined", place: undefined },
  { text: "65536", name: "undefined", place: undefined },
  { text: ":9464", name: "undefined", place: undefined },
  { text: "::1:9464", name: "undefined", place: undefined },
  { text: "127.0.0.1:", name: "undefined", place: undefined },
  { text: "127.0.0.1:http", name: "undefined", place: undefined },
])('metricsPlace("$text") returns $name', ({ text, place }) => {
  expect(metricsPlace(text)).toEqual(place as MetricsPlace);
});
