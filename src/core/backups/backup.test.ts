import { expect, test } from "bun:test";
import { BACKUP_NAME_PATTERN, backupName, timeOfBackup } from "./backup.ts";

test("backupName() gives a name whose time timeOfBackup() returns", () => {
  const at = Date.UTC(2026, 1, 28, 23, 59, 58);
  expect(backupName(at + 999)).toBe("waferd-20260228T235958Z");
  expect(timeOfBackup("waferd-20260228T235958Z")).toBe(at);
});

test.each([
  "",
  "waferd-20260231T000000Z",
  "waferd-20260228T240000Z",
  "waferd-20260228T235958Z/..",
  "../waferd-20260228T235958Z",
  "partial-waferd-20260228T235958Z-12",
  "waferd-20260228T235958Z\n",
])("timeOfBackup() returns null for %p", (name) => {
  expect(timeOfBackup(name)).toBeNull();
  if (!name.includes("31T") && !name.includes("T24"))
    expect(new RegExp(BACKUP_NAME_PATTERN).test(name)).toBe(false);
});
