import { describe, expect, test } from "bun:test";
import { sampleApp, sampleIssue } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function usageConformance(subject: Subject): void {
  describe(`${subject.name} usage`, () => {
    test("usage() returns the size, the used part, and the free space where it can", async () => {
      await using fresh = await freshStore(subject);
      const { store } = fresh;
      await store.apps.create(sampleApp());
      await store.sessions.issue(sampleIssue(1));
      const { sizeBytes, usedBytes, freeBytes } = await store.usage();
      expect(sizeBytes).toBeGreaterThan(1000);
      expect(usedBytes).toBeGreaterThan(1000);
      if (freeBytes !== null) expect(freeBytes).toBeGreaterThan(0);
    });
  });
}
