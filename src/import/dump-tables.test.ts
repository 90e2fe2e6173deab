import { describe, expect, test } from "bun:test";
import { StartError } from "../core/errors.ts";
import { DumpTables } from "./dump-tables.ts";
import { allOf, OPTIONS, piecesOf, sessionsOf, unreadableOf } from "./fixtures/samples.ts";
import { TableSource } from "./table-source.ts";

const APPS = "CREATE TABLE `cAppinfo` (`appid` varchar(200) NOT NULL, `secret` varchar(300));\n";
const TEXTS = "CREATE TABLE cAppinfo_work (a int, b text, c text);\n";

const sourceOf = (sql: string | Buffer, members: Partial<typeof OPTIONS> = {}) => {
  const { appid, ...context } = { ...OPTIONS, ...members };
  const bytes = { name: "dump.sql", size: null, read: () => piecesOf(sql, 64) };
  return new TableSource(new DumpTables(bytes), appid, context);
};

describe("DumpTables", () => {
  test("bytes that are not UTF-8 make their session unreadable, except in a profile", async () => {
    const sql = `${APPS}INSERT INTO cAppinfo VALUES ('wx1111111111111111','the-secret');
      INSERT INTO cSessionInfo (id,uuid,skey,create_time,open_id,session_key,user_info) VALUES
      (1,'u1','s1','2026-11-20 00:00:00','o1','k1','\xff'),(2,'u2','s2','2026-11-20 00:00:00','\xff','k2','');`;
    const things = await allOf(sourceOf(Buffer.from(sql, "latin1")));
    expect(sessionsOf(things).map(({ id, userInfo }) => [id, userInfo])).toEqual([
      ["u1", { openId: "o1" }],
    ]);
    expect(unreadableOf(things)).toEqual([
      "cSessionInfo row 1: user_info is not a profile: the session is imported without it",
      "cSessionInfo row 2: open_id is not in UTF-8",
    ]);
  });

  test.each(["latin1", "gbk", "'latin1'"])(
    "rows() refuses the charset %s before the first row",
    (charset) => {
      const row = "INSERT INTO cAppinfo VALUES ('wx1111111111111111','the-secret');";
      for (const names of [`/*!40101 SET NAMES ${charset} */;`, `SET NAMES ${charset};`]) {
        const source = sourceOf(`${names}\n${APPS}${row}`);
        expect(allOf(source)).rejects.toThrow(
          /^dump\.sql is written in (latin1|gbk): dump it again with --default-/,
        );
      }
    },
  );

  test("rows() refuses a file without any of the tables", async () => {
    for (const sql of [
      "",
      "hello",
      "-- nothing\n",
      "INSERT INTO users VALUES (1);",
      APPS.replace("cAppinfo", "x"),
    ]) {
      const reading = allOf(sourceOf(sql));
      await expect(reading).rejects.toBeInstanceOf(StartError);
      await expect(reading).rejects.toThrow("has none of the tables cAppinfo, cAppinfo_work");
    }
  });

  test("apps are read first, wherever they are", async () => {
    const sessions = `INSERT INTO cSessionInfo (id,uuid,skey,create_time,open_id,session_key,user_info,appid)
      VALUES (1,'u1','s1','2026-11-20 00:00:00','o1','k1','','wx1111111111111111');`;
    const apps = `${APPS}INSERT INTO cAppinfo VALUES ('wx1111111111111111','the-secret');`;
    const things = await allOf(sourceOf(sessions + apps));
    expect(things.map(({ kind }) => kind)).toEqual(["app", "session"]);
  });

  test("a file with sessions only belongs to the given app", async () => {
    const sessions = `INSERT INTO cSessionInfo (id,uuid,skey,create_time,open_id,session_key,appid) VALUES
      (1,'u1','s1','2026-11-20 00:00:00','o1','k1','wx1111111111111111'),
      (2,'u2','s2','2026-11-20 00:00:00','o2','k2',''),(3,'u3','s3','2026-11-20 00:00:00','o3','k3','wx2222222222222222');`;
    const things = await allOf(sourceOf(sessions, { appid: "wx1111111111111111" }));
    expect(sessionsOf(things).map(({ id }) => id)).toEqual(["u1", "u2"]);
    expect(things).toHaveLength(2);
  });

  test("several apps without sessions need no appid", async () => {
    const apps = `${APPS}INSERT INTO cAppinfo VALUES ('wx1111111111111111','s1'),('wx2222222222222222','s2');`;
    const things = await allOf(sourceOf(`${apps}CREATE TABLE cSessionInfo (id int, uuid int);`));
    expect(things.map(({ kind }) => kind)).toEqual(["app", "app"]);
  });

  test("estimate() extrapolates from the beginning of the file", async () => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES ${Array.from({ length: 500 }, () => "(1,'','')")};`;
    const bytes = (size: number | null) => ({ name: "x", size, read: () => piecesOf(sql, 1000) });
    expect(await new DumpTables(bytes(sql.length)).estimate()).toBe(500);
    expect(await new DumpTables(bytes(sql.length * 10)).estimate()).toBe(5000);
    expect(await new DumpTables(bytes(null)).estimate()).toBeNull();
  });
});
