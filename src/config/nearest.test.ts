import { expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

const KNOWN = ["port", "host", "httpport", "data-dir", "log-level", "sessions_per_user"];

test.each([
  { name: "prot", meant: "port" },
  { name: "hots", meant: "host" },
  { name: "datadir", meant: "data-dir" },
  { name: "DATA-DRI", meant: "data-dir" },
  { name: "loglevel", meant: "log-level" },
  { name: "sesions_per_usr", meant: "sessions_per_user" },
  { name: "level", meant: "log-level" },
  { name: "frobnicate", meant: null },
  { name: "xy", meant: null },
])("nearest() of $name is $meant", ({ name, meant }) => {
  expect(nearest(name, KNOWN)).toBe(meant);
});
