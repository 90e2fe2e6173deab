import { embeddedDriver } from "./driver.ts";

/** The embedded store, which needs no server and no options. */
export const lmdb = embeddedDriver({
  kind: "embedded",
  dataFile: "data.mdb",
  options: {},
  rules: {},
  target: () => ({}),
});
