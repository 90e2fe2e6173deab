import { describe, expect, test } from "bun:test";
import { sampleAuditEntry } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function auditConformance(subject: Subject): void {
  describe(`${subject.name} audit`, () => {
    test("list() pages through every entry, latest first, those of the same time included", async () => {
      await using fresh = await freshStore(subject);
      const { audit } = fresh.store;
      expect(await audit.list({ limit: 10 })).toEqual({ items: [], next: null });
      for (let number = 0; number < 5; number += 1) await audit.append(sampleAuditEntry(number));
      const first = await audit.list({ limit: 3 });
      await audit.append(sampleAuditEntry(5));
      const second = await audit.list({ limit: 3, cursor: first.next ?? "" });
      expect([...first.items, ...second.items]).toEqual([4, 3, 2, 1, 0].map(sampleAuditEntry));
      expect(second.next).toBeNull();
    });

    test("append() loses nothing of concurrent calls", async () => {
      await using fresh = await freshStore(subject);
      const { audit } = fresh.store;
      await Promise.all(
        Array.from({ length: 50 }, (_, number) => audit.append(sampleAuditEntry(number))),
      );
      const { items } = await audit.list({ limit: 100 });
      expect(new Set(items.map(({ requestId }) => requestId)).size).toBe(50);
    });
  });
}
