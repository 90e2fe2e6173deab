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
  test.each<{ name: string; literal: string; expected: string }>([
    { name: "a text", literal: "'plain'", expected: "plain" },
    { name: "an empty text", literal: "''", expected: "" },
    { name: "NULL", literal: "NULL", expected: "" },
    { name: "null in lower case", literal: "null", expected: "" },
    {
      name: "every escape",
      literal: String.raw`'\0\'\"\b\n\r\t\Z\\\x'`,
      expected: "\0'\"\b\n\r\t\u001a\\x",
    },
    {
      name: "escapes that keep their backslash",
      literal: String.raw`'\%\_'`,
      expected: String.raw`\%\_`,
    },
    { name: "a doubled quote", literal: "'it''s'", expected: "it's" },
    { name: "a text in double quotes", literal: '"say ""hi"" \'x\'"', expected: "say \"hi\" 'x'" },
    { name: "an escaped backslash", literal: String.raw`'\\'`, expected: "\\" },
    {
      name: "SQL within a text",
      literal: "'a),(b;c--d/*e*/#f`g'",
      expected: "a),(b;c--d/*e*/#f`g",
    },
    { name: "a text of two lines", literal: "'two\nlines'", expected: "two\nlines" },
    { name: "a text of Chinese and an emoji", literal: "'爱丽丝 😀'", expected: "爱丽丝 😀" },
    { name: "a negative number", literal: "-17", expected: "-17" },
    { name: "a number with a plus sign", literal: "+3", expected: "+3" },
    { name: "a fraction without a leading zero", literal: ".5", expected: ".5" },
    { name: "a fraction", literal: "3.25", expected: "3.25" },
    { name: "a number with a negative exponent", literal: "1.5e-3", expected: "1.5e-3" },
    { name: "a negative number with an exponent", literal: "-1E+30", expected: "-1E+30" },
    { name: "hex after 0x", literal: "0x61E788B1", expected: "a爱" },
    { name: "hex after 0X", literal: "0X6161", expected: "aa" },
    { name: "hex within quotes", literal: "x'6162'", expected: "ab" },
    { name: "empty hex", literal: "X''", expected: "" },
    { name: "bits", literal: "b'101'", expected: "5" },
    { name: "a national text", literal: "n'national'", expected: "national" },
    { name: "a binary text", literal: "_binary 'b\\0'", expected: "b\0" },
    { name: "a text with a charset", literal: "_utf8mb4'u'", expected: "u" },
    { name: "hex with a charset", literal: "_utf8mb4 0x75", expected: "u" },
    { name: "TRUE", literal: "TRUE", expected: "1" },
    { name: "false in lower case", literal: "false", expected: "0" },
    { name: "a text between comments", literal: " /* c */ 'x' -- c\n", expected: "x" },
    { name: "a text before a comment with a quote", literal: "'x' # it's\n", expected: "x" },
    { name: "a text after a comment that begins with /*/", literal: "/*/ ' */'x'", expected: "x" },
  ])("DumpParser reads $name, in pieces of any size", ({ literal, expected }) => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1,${literal},'end'),(2,'','');\n`;
    for (const size of [1, 2, 3, 5, 64, 10_000])
      expect(parse(sql, size)).toEqual([
        { a: "1", b: expected, c: "end" },
        { a: "2", b: "", c: "" },
      ]);
  });

  test.each<{ name: string; value: string; reason: string }>([
    { name: "a call of a function", value: "now()", reason: "value 2 is an expression" },
    { name: "CURRENT_TIMESTAMP", value: "CURRENT_TIMESTAMP", reason: "value 2 is an expression" },
    { name: "DEFAULT", value: "DEFAULT", reason: "value 2 is an expression" },
    { name: "two minus signs", value: "--1", reason: "value 2 is an expression" },
    {
      name: "a call with values",
      value: "concat('a', (1), 'b')",
      reason: "value 2 is an expression",
    },
    { name: "a product", value: "1*(2)", reason: "value 2 is an expression" },
    { name: "a subquery", value: "(SELECT 1)", reason: "value 2 is an expression" },
    { name: "a missing value", value: "", reason: "value 2 is missing" },
    { name: "a value too many", value: "1,2", reason: "it has 4 values for 3 columns" },
    {
      name: "a text longer than 1 MiB",
      value: `'${"x".repeat(1024 * 1024 + 1)}'`,
      reason: "a value is longer than 1048576 bytes",
    },
    {
      name: "hex longer than 1 MiB",
      value: `0x${"61".repeat(1024 * 512 + 1)}`,
      reason: "a value is longer than 1048576 bytes",
    },
  ])("DumpParser reports only the row with $name", ({ value, reason }) => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1,'',''),(2,${value},''),(3,'','');\n`;
    const [first, broken, third, ...more] = parse(sql, 4096);
    expect([first, third, more]).toEqual([{ a: "1", b: "", c: "" }, { a: "3", b: "", c: "" }, []]);
    expect(broken).toStartWith("cAppinfo_work row 2 of the dump, at line 2 (byte ");
    expect(broken).toEndWith(`): ${reason}`);
  });

  test("DumpParser restores values that mysqldump escaped, in pieces of any size", () => {
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
  test.each<{ name: string; sql: string }>([
    { name: "on its own", sql: "INSERT INTO `cAppinfo_work` VALUES (1,'b','c');" },
    {
      name: "in other letter cases",
      sql: "insert ignore into capPINFO_work values (1,'b','c')\n;",
    },
    {
      name: "with a database",
      sql: "INSERT DELAYED INTO `cAuth`.`cAppinfo_work` VALUES (1,'b','c');",
    },
    { name: "without INTO", sql: "INSERT LOW_PRIORITY cAuth.cAppinfo_work VALUE(1,'b','c');" },
    { name: "with columns", sql: "REPLACE INTO cAppinfo_work (`C`, `a`,`B`) VALUES ('c',1,'b');" },
    {
      name: "with an update",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c') ON DUPLICATE KEY UPDATE a=(2);",
    },
    {
      name: "after another",
      sql: "INSERT INTO other VALUES (1,'x;y)'),('`',\"'\",'\\'');INSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
    {
      name: "after a backslash",
      sql: "INSERT INTO `back\\` VALUES (1);INSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
    {
      name: "among others",
      sql: "/*!40000 ALTER TABLE `cAppinfo_work` DISABLE KEYS */;LOCK TABLES `x` WRITE;INSERT INTO cAppinfo_work VALUES (1,'b','c');UNLOCK TABLES;",
    },
    {
      name: "after a charset",
      sql: "SET NAMES utf8mb4;INSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
    {
      name: "after comments",
      sql: "/*M!999999\\- enable the sandbox mode */\n-- it's\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
    {
      name: "after a trigger",
      sql: "DELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN\n SET @a = 1;\n INSERT INTO cAppinfo_work VALUES (9,'don''t','');\nEND ;;\nDELIMITER ;\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
    {
      name: "after a delimiter that changes nothing",
      sql: "DELIMITER ;\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
    {
      name: "after a procedure",
      sql: "DELIMITER $$\r\nBEGIN it's\r\nEND$$\r\ndelimiter ;\r\nINSERT INTO cAppinfo_work VALUES (1,'b','c');",
    },
  ])("DumpParser reads an INSERT $name", ({ sql }) => {
    for (const size of [1, 3, 17, 10_000])
      expect(parse(TEXTS + sql, size)).toEqual([{ a: "1", b: "b", c: "c" }]);
  });

  test("DumpParser reads the columns of CREATE TABLE, without keys, types, comments and constraints", () => {
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

  test("DumpParser reports a row whose columns are unknown", () => {
    const reason = "neither it nor a CREATE TABLE before it names the columns";
    const place = "cAppinfo_work row 1 of the dump, at line 1 (byte 39)";
    expect(parse("INSERT INTO cAppinfo_work VALUES (1,'')")[0]).toBe(`${place}: ${reason}`);
  });

  test("DumpParser reports an INSERT without VALUES, and skips it", () => {
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

  test.each<{ name: string; tuples: string; where: string; reason: string }>([
    {
      name: "a text that lacks its quote, before a value",
      tuples: "(1,'b','c'),(2,'b,'c'),(3,'b','c');\n",
      where: "row 2",
      reason: "a comma between two values is missing",
    },
    {
      name: "a text that lacks its quote, at the end of a row",
      tuples: "(1,'b','c'),(2,'b','c;\n",
      where: "row 2",
      reason: "a text in it has no end",
    },
    {
      name: "a row that lacks its closing parenthesis",
      tuples: "(1,'b','c'),(2,'b','c'\n;\n",
      where: "row 2",
      reason: "its statement ends within it",
    },
    {
      name: "a row that lacks its opening parenthesis",
      tuples: "(1,'b','c'),2,'b','c';\n",
      where: "row 2",
      reason: "a row is missing",
    },
    {
      name: "a name in place of a value",
      tuples: "(1,'b','c'),(2,`b`,'c');\n",
      where: "row 2",
      reason: "it has a name in place of a value",
    },
    {
      name: "a row that follows without a comma",
      tuples: "(1,'b','c') (2,'b','c','\n",
      where: "row 2",
      reason: "a text in it has no end",
    },
  ])("DumpParser reports $name, and reads the rows around it", ({ tuples, where, reason }) => {
    const sql = `${TEXTS}INSERT INTO \`cAppinfo_work\` VALUES ${tuples}${row(8)}${row(9)}`;
    for (const size of [1, 5, 50, 10_000]) {
      const [first, broken, ...rest] = parse(sql, size);
      expect(first).toEqual(read(1));
      expect(broken).toStartWith(`cAppinfo_work ${where} of the dump, at line `);
      expect(broken).toEndWith(`${reason}; everything up to the next statement is left out`);
      expect(rest).toEqual([read(8), read(9)]);
    }
  });

  test("DumpParser reads, after damage, any statement after a `;` at the end of a line", () => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1 2);\r\ninsert cAppinfo_work values (8,'b','c');`;
    for (const size of [1, 2, 3, 5, 10_000]) expect(parse(sql, size).slice(1)).toEqual([read(8)]);
  });

  test("DumpParser reads, after damage without an end, a statement at the beginning of a line", () => {
    const sql = `${TEXTS}INSERT INTO cAppinfo_work VALUES (1 2)\n${row(8)}`;
    for (const size of [1, 2, 3, 5, 10_000]) expect(parse(sql, size).slice(1)).toEqual([read(8)]);
  });

  test("DumpParser reads every row after damage in another table", () => {
    const sql = `${TEXTS}INSERT INTO \`blog\` VALUES (1,'it is broken);\n${row(8)}`;
    expect(parse(sql)).toEqual([read(8)]);
  });

  test("DumpParser reads a statement within a value as text, except at the beginning of a line", () => {
    const text = "x INSERT INTO y\n INSERT INTO z\n-- \n";
    expect(parse(`${TEXTS}INSERT INTO cAppinfo_work VALUES (1,'${text}','c');`)).toEqual([
      { a: "1", b: text, c: "c" },
    ]);
  });

  test.each<{ name: string; sql: string; where: string }>([
    {
      name: "within a text",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c'),(2,'b",
      where: "within row 2 of cAppinfo_work",
    },
    {
      name: "between two values",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c'),(2,",
      where: "within row 2 of cAppinfo_work",
    },
    {
      name: "between two rows",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c'),",
      where: "within a statement for cAppinfo_work",
    },
    {
      name: "before a semicolon",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c')",
      where: "within a statement for cAppinfo_work",
    },
    {
      name: "within a statement for another table",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c');\nINSERT INTO x VALUES ('",
      where: "within a statement",
    },
    {
      name: "within a comment",
      sql: "INSERT INTO cAppinfo_work VALUES (1,'b','c');\n/* com",
      where: "within a statement",
    },
  ])("DumpParser reports that a file was cut off $name", ({ sql, where }) => {
    const [first, ...rest] = parse(TEXTS + sql);
    expect(first).toEqual(read(1));
    expect(rest).toHaveLength(1);
    expect(rest[0]).toContain(`the file ends ${where}: it was cut off, and the rest is missing`);
    expect(rest[0]).toStartWith("line ");
  });

  test("DumpParser reports a dump of mysqldump without its last line as cut off", () => {
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
