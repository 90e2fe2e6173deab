import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DumpParser } from "./dump-parser.ts";
import { SOURCE_TABLES } from "./source-tables.ts";

const TEXTS = "CREATE TABLE cAppinfo_work (a int, b text, c text);\n";

/** Reads the rows of a dump by column, and the reports, in pieces of a size in bytes. */
function parse(sql: string | Buffer, size = 7): (Record<string, unknown> | string)[] {
  const found: (Record<string, unknown> | string)[] = [];
  const parser = new DumpParser(SOURCE_TABLES, (thing) => {
    if (thing.kind === "unreadable") found.push(`${thing.what}: ${thing.reason}`);
    else
      found.push(
        Object.fromEntries(["a", "b", "c"].map((column) => [column, raw(thing.row, column)])),
      );
  });
  const bytes = Buffer.from(sql);
  for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
  const missing = parser.end(null);
  if (missing !== null) found.push(`${missing.what}: ${missing.reason}`);
  return found;
}

const raw = (
  row: { has(column: string): boolean; text(column: string): string },
  column: string,
): unknown => (row.has(column) ? row.text(column) : undefined);

describe("values", () => {
  test.each<[string, string]>([
    ["'plain'", "plain"],
    ["''", ""],
    ["NULL", ""],
    ["null", ""],
    [String.raw`'\0\'\"\b\n\r\t\Z\\\x'`, "\0'\"\b\n\r\t\u001a\\x"],
    [String.raw`'\%\_'`, String.raw`\%\_`],
    ["'it''s'", "it's"],
    ['"say ""hi"" \'x\'"', "say \"hi\" 'x'"],
    [String.raw`'\\'`, "\\"],
    ["'a),(b;c--d/*e*/#f`g'", "a),(b;c--d/*e*/#f`g"],
    ["'two\nlines'", "two\nlines"],
    ["'爱丽丝 😀'", "爱丽丝 😀"],
    ["-17", "-17"],
    ["+3", "+3"],
    [".5", ".5"],
    ["3.25", "3.25"],
    ["1.5e-3", "1.5e-3"],
    ["-1E+30", "-1E+30"],
    ["0x61E788B1", "a爱"],
    ["0X6161", "aa"],
    ["x'6162'", "ab"],
    ["X''", ""],
    ["b'101'", "5"],
    ["n'national'", "national"],
    ["_binary 'b\\0'", "b\0"],
    ["_utf8mb4'u'", "u"],
    ["_utf8mb4 0x75", "u"],
    ["TRUE", "1"],
    ["false", "0"],
    [" /* c */ 'x' -- c\n", "x"],
    ["'x' # it's\n", "x"],
    ["/*/ ' */'x'", "x"],
  ])("the value %s is %j, for any size of the pieces", (literal, expected) => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1,${literal},'end'),(2,'','');\n`;
    for (const size of [1, 2, 3, 5, 64, 10_000])
      expect(parse(sql, size)).toEqual([
        { a: "1", b: expected, c: "end" },
        { a: "2", b: "", c: "" },
      ]);
  });

  test.each<[string, string]>([
    ["now()", "value 2 is an expression"],
    ["CURRENT_TIMESTAMP", "value 2 is an expression"],
    ["DEFAULT", "value 2 is an expression"],
    ["--1", "value 2 is an expression"],
    ["concat('a', (1), 'b')", "value 2 is an expression"],
    ["1*(2)", "value 2 is an expression"],
    ["(SELECT 1)", "value 2 is an expression"],
    ["", "value 2 is missing"],
    ["1,2", "it has 4 values for 3 columns"],
    [`'${"x".repeat(1024 * 1024 + 1)}'`, "a value is longer than 1048576 bytes"],
    [`0x${"61".repeat(1024 * 512 + 1)}`, "a value is longer than 1048576 bytes"],
  ])("the value %.30s makes only its row unreadable", (value, reason) => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1,'',''),(2,${value},''),(3,'','');\n`;
    const [first, broken, third, ...more] = parse(sql, 4096);
    expect([first, third, more]).toEqual([{ a: "1", b: "", c: "" }, { a: "3", b: "", c: "" }, []]);
    expect(broken).toStartWith("cAppinfo_work row 2 of the dump, at line 2 (byte ");
    expect(broken).toEndWith(`): ${reason}`);
  });

  test("values that mysqldump escaped are restored, for any size of the pieces", () => {
    // mysql_real_escape_string(), which mysqldump uses.
    const meanings: Record<string, string> = {
      "\0": "\\0",
      "\n": "\\n",
      "\r": "\\r",
      "\\": "\\\\",
      "'": "\\'",
      '"': '\\"',
      "\u001a": "\\Z",
    };
    const escaped = (text: string): string =>
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are escaped
      text.replace(/[\0\n\r\\'"\u001a]/g, (character) => meanings[character] ?? "");
    const hostile = fc.constantFrom(
      "'",
      '"',
      "\\",
      "\n",
      "\0",
      ";",
      "),(",
      "--",
      "/*",
      "*/",
      "`",
      "#",
      "\u001a",
    );
    const texts = fc.array(fc.oneof(hostile, fc.string({ unit: "grapheme" })), { maxLength: 12 });
    const rows = fc.array(
      texts.map((parts) => parts.join("")),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (values, size, isExtended) => {
          const tuples = values.map((text, index) => `(${index},'${escaped(text)}','')`);
          const insert = (list: string): string =>
            `INSERT INTO \`cAppinfo_work\` VALUES ${list};\n`;
          const sql = isExtended ? insert(tuples.join(",")) : tuples.map(insert).join("");
          expect(parse(TEXTS + sql, size)).toEqual(
            values.map((text, index) => ({ a: String(index), b: text, c: "" })),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("statements", () => {
  test.each<[string, string]>([
    ["INSERT INTO `cAppinfo_work` VALUES (1,'b','c');", "plain"],
    ["insert ignore into capPINFO_work values (1,'b','c')\n;", "other letter cases"],
    ["INSERT DELAYED INTO `cAuth`.`cAppinfo_work` VALUES (1,'b','c');", "with a database"],
    ["INSERT LOW_PRIORITY cAuth.cAppinfo_work VALUE(1,'b','c');", "without INTO"],
    ["REPLACE INTO cAppinfo_work (`C`, `a`,`B`) VALUES ('c',1,'b');", "with columns"],
    [
      "INSERT INTO cAppinfo_work VALUES (1,'b','c') ON DUPLICATE KEY UPDATE a=(2);",
      "with an update",
    ],
    [
      "INSERT INTO other VALUES (1,'x;y)'),('`',\"'\",'\\'');INSERT INTO cAppinfo_work VALUES (1,'b','c');",
      "after another",
    ],
    [
      "INSERT INTO `back\\` VALUES (1);INSERT INTO cAppinfo_work VALUES (1,'b','c');",
      "after a backslash",
    ],
    [
      "/*!40000 ALTER TABLE `cAppinfo_work` DISABLE KEYS */;LOCK TABLES `x` WRITE;INSERT INTO cAppinfo_work VALUES (1,'b','c');UNLOCK TABLES;",
      "among others",
    ],
    ["SET NAMES utf8mb4;INSERT INTO cAppinfo_work VALUES (1,'b','c');", "after a charset"],
    [
      "/*M!999999\\- enable the sandbox mode */\n-- it's\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
      "after comments",
    ],
    [
      "DELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN\n SET @a = 1;\n INSERT INTO cAppinfo_work VALUES (9,'don''t','');\nEND ;;\nDELIMITER ;\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
      "after a trigger",
    ],
    [
      "DELIMITER ;\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
      "after a delimiter that changes nothing",
    ],
    [
      "DELIMITER $$\r\nBEGIN it's\r\nEND$$\r\ndelimiter ;\r\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
      "after a procedure",
    ],
  ])("%s (%s)", (sql) => {
    for (const size of [1, 3, 17, 10_000])
      expect(parse(TEXTS + sql, size)).toEqual([{ a: "1", b: "b", c: "c" }]);
  });

  test("CREATE TABLE gives the columns, without keys, types, comments and constraints", () => {
    const sql = `
      CREATE TABLE IF NOT EXISTS \`db\`.\`cAppinfo_work\` (
        \`b\` enum('x,y',')') NOT NULL DEFAULT 'x,y' COMMENT 'it''s, (key)', -- , d int
        \`key\` decimal(10,2) DEFAULT (1 + (2)),
        a int(11) unsigned /* , e int */ NOT NULL,
        c varchar(10) CHARACTER SET utf8 COLLATE utf8_bin,
        PRIMARY KEY (\`a\`), UNIQUE KEY \`d\` (\`b\`(10),\`c\`), KEY e (a), INDEX i (a), FULLTEXT KEY f (c),
        CONSTRAINT \`g\` FOREIGN KEY (\`a\`) REFERENCES \`x\` (\`a\`), CHECK (a > 0)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8 COMMENT='x;y' /*!50100 PARTITION BY HASH (a) */;
      INSERT INTO cAppinfo_work VALUES ('x,y',1.5,7,'c');`;
    expect(parse(sql)).toEqual([{ a: "7", b: "x,y", c: "c" }]);
  });

  test("a row is unreadable when its columns are unknown", () => {
    const reason = "neither it nor a CREATE TABLE before it names the columns";
    const place = "cAppinfo_work row 1 of the dump, at line 1 (byte 39)";
    expect(parse("INSERT INTO cAppinfo_work VALUES (1,'')")[0]).toBe(`${place}: ${reason}`);
  });

  test("an INSERT without VALUES is reported and skipped", () => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work SELECT 1, 'x;', 3;\nINSERT INTO cAppinfo_work VALUES (1,'','');`;
    expect(parse(sql)).toEqual([
      "cAppinfo_work row 1 of the dump, at line 2 (byte 84): it has no VALUES; everything up to the next statement is left out",
      { a: "1", b: "", c: "" },
    ]);
  });
});

describe("damage", () => {
  const row = (number: number): string =>
    `INSERT INTO \`cAppinfo_work\` VALUES (${number},'b','c');\n`;
  const read = (number: number) => ({ a: String(number), b: "b", c: "c" });

  test.each<[string, string, string]>([
    ["(1,'b','c'),(2,'b,'c'),(3,'b','c');\n", "row 2", "a comma between two values is missing"],
    ["(1,'b','c'),(2,'b','c;\n", "row 2", "a text in it has no end"],
    ["(1,'b','c'),(2,'b','c'\n;\n", "row 2", "its statement ends within it"],
    ["(1,'b','c'),2,'b','c';\n", "row 2", "a row is missing"],
    ["(1,'b','c'),(2,`b`,'c');\n", "row 2", "it has a name in place of a value"],
    ["(1,'b','c') (2,'b','c','\n", "row 2", "a text in it has no end"],
  ])("the damage in %j is reported, and the rows around it are read", (tuples, where, reason) => {
    const sql = `${TEXTS}INSERT INTO \`cAppinfo_work\` VALUES ${tuples}${row(8)}${row(9)}`;
    for (const size of [1, 5, 50, 10_000]) {
      const [first, broken, ...rest] = parse(sql, size);
      expect(first).toEqual(read(1));
      expect(broken).toStartWith(`cAppinfo_work ${where} of the dump, at line `);
      expect(broken).toEndWith(`${reason}; everything up to the next statement is left out`);
      expect(rest).toEqual([read(8), read(9)]);
    }
  });

  test("after damage, any statement after a `;` at the end of a line is read", () => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1 2);\r\ninsert cAppinfo_work values (8,'b','c');`;
    for (const size of [1, 2, 3, 5, 10_000]) expect(parse(sql, size).slice(1)).toEqual([read(8)]);
  });

  test("after damage without an end, a statement at the beginning of a line is read", () => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1 2)\n${row(8)}`;
    for (const size of [1, 2, 3, 5, 10_000]) expect(parse(sql, size).slice(1)).toEqual([read(8)]);
  });

  test("damage in another table hides no rows", () => {
    const sql = `${TEXTS}INSERT INTO \`blog\` VALUES (1,'it is broken);\n${row(8)}`;
    expect(parse(sql)).toEqual([read(8)]);
  });

  test("a statement inside a value ends it only at the beginning of a line", () => {
    const text = "x INSERT INTO y\n INSERT INTO z\n-- \n";
    expect(parse(`${TEXTS}INSERT INTO cAppinfo_work VALUES (1,'${text}','c');`)).toEqual([
      { a: "1", b: text, c: "c" },
    ]);
  });

  test.each<[string, string]>([
    ["INSERT INTO cAppinfo_work VALUES (1,'b','c'),(2,'b", "within row 2 of cAppinfo_work"],
    ["INSERT INTO cAppinfo_work VALUES (1,'b','c'),(2,", "within row 2 of cAppinfo_work"],
    ["INSERT INTO cAppinfo_work VALUES (1,'b','c'),", "within a statement for cAppinfo_work"],
    ["INSERT INTO cAppinfo_work VALUES (1,'b','c')", "within a statement for cAppinfo_work"],
    [
      "INSERT INTO cAppinfo_work VALUES (1,'b','c');\nINSERT INTO x VALUES ('",
      "within a statement",
    ],
    ["INSERT INTO cAppinfo_work VALUES (1,'b','c');\n/* com", "within a statement"],
  ])("the report of a file that ends in %j says that it ends %s", (sql, where) => {
    const [first, ...rest] = parse(TEXTS + sql);
    expect(first).toEqual(read(1));
    expect(rest).toHaveLength(1);
    expect(rest[0]).toContain(`the file ends ${where}: it was cut off, and the rest is missing`);
    expect(rest[0]).toStartWith("line ");
  });

  test("a dump of mysqldump without its last line is reported as cut off", () => {
    const head = "-- MariaDB dump 10.19  Distrib 10.11.14-MariaDB\n";
    expect(parse(`${head}${TEXTS}${row(1)}-- Dump completed on 2026-11-21  4:00:00`)).toEqual([
      read(1),
    ]);
    expect(parse(`${head}${TEXTS}${row(1)}`)).toEqual([
      read(1),
      expect.stringContaining("the file ends without mysqldump's last line"),
    ]);
  });
});
