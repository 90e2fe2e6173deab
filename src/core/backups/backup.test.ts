import { expect, test } from "bun:test";
import { BACKUP_NAME_PATTERN, latestFirst, nextBackupName, parseBackupName } from "./backup.ts";

test("nextBackupName() gives a name whose time parseBackupName() returns", () => {
  const at = Date.UTC(2026, 1, 28, 23, 59, 58);
  const name = nextBackupName([], at + 999);
  expect(name).toBe("waferd-000001-20260228T235958Z");
  expect(parseBackupName(name)).toEqual({ number: 1, at });
});

test("nextBackupName() and latestFirst() go by the number, whatever the times", () => {
  const names = ["waferd-999999-20300101T000000Z", "waferd-1000000-20260101T000000Z"];
  expect(latestFirst(names)).toEqual(names.toReversed());
  expect(nextBackupName(names, 0)).toBe("waferd-1000001-19700101T000000Z");
});

test.each([
  "",
  "waferd-000012-20260231T000000Z",
  "waferd-000012-20260228T240000Z",
  "waferd-000012-20260228T235958Z/..",
  "waferd-20260228T235958Z",
  "../waferd-000012-20260228T235958Z",
  "partial-waferd-000012-20260228T235958Z-12",
  "waferd-000012-20260228T235958Z\n",
])("parseBackupName() returns null for %p", (name) => {
  expect(parseBackupName(name)).toBeNull();
  if (!name.includes("31T") && !name.includes("T24"))
    expect(new RegExp(BACKUP_NAME_PATTERN).test(name)).toBe(false);
});
