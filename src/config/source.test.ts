import { expect, test } from "bun:test";
import { StartError } from "../core/errors.ts";
import { parseSource } from "./source.ts";

test.each([
  {
    from: "redis://h",
    server: { driver: "redis", tls: false, host: "h", port: 6379, password: "", database: "0" },
  },
  {
    from: "rediss://u:p%40%2F@h:1/5",
    server: { driver: "redis", tls: true, port: 1, user: "u", password: "p@/", database: "5" },
  },
  {
    from: "mysql://r:p@[::1]/a%20b",
    server: { driver: "mysql", tls: false, host: "::1", port: 3306, database: "a b" },
  },
  {
    from: "mysqls://r@h:99/d",
    server: { driver: "mysql", tls: true, port: 99, user: "r", password: "", database: "d" },
  },
])("parseSource() takes the address $from apart", ({ from, server }) => {
  expect(parseSource(from)).toMatchObject(server);
});

test("parseSource() names a server without its password", () => {
  expect(parseSource("MYSQL://root:s3cret@h/db")).toMatchObject({ name: "MYSQL://root:***@h/db" });
});

test.each([
  {
    from: "http://h/x",
    message: /must begin with redis:\/\/, rediss:\/\/, mysql:\/\/ or mysqls:\/\/, or be a file$/,
  },
  {
    from: "postgres://u:s3cret@h/x",
    message: /^cannot import from postgres:\/\/u:\*\*\*@h\/x: it must begin with/,
  },
  { from: "redis://", message: /host/ },
  { from: "redis:///0", message: /host/ },
  { from: "mysql://u:s3cret@/db", message: /host/ },
  { from: "redis://h:99999", message: /port must be/ },
  { from: "redis://h:0", message: /port must be/ },
  { from: "redis://h:port", message: /port must be/ },
  { from: "mysql://u:s3/cret@h/db", message: /write it as %2F/ },
  { from: "mysql://u:123/s3cret@h/db", message: /write it as %2F/ },
  { from: "redis://:s3#cret@h/0", message: /write it as %23/ },
  { from: "mysql://u:s3?cret@h/0", message: /write it as %3F/ },
  { from: "mysql://u:%zz@h/db", message: /hex digits/ },
  {
    from: "mysql://h",
    message: /names no database\. Give it as mysql:\/\/user:password@host:3306\/database$/,
  },
  { from: "mysql://h/a/b", message: /names no database/ },
  { from: "redis://h/db", message: /has to be a number/ },
  { from: "redis://h/0?x=1", message: /behind the database/ },
])("parseSource() refuses $from without its password", ({ from, message }) => {
  let error: unknown;
  try {
    parseSource(from);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toMatch(message);
  expect(Bun.inspect(error)).not.toMatch(/s3|cret/);
});

test.each(["dump.sql", "/a/b.gz", "C:\\dump.sql", "a:b"])(
  "parseSource() takes %p for the path of a file",
  (path) => {
    expect(parseSource(path)).toEqual({ driver: null, path });
  },
);
