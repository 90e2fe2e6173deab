import type { Store } from "../../src/core/store.ts";
import { StoreError } from "../../src/core/store-error.ts";

/** Returns a store that refuses counts of activity while its disk is full. */
export const countingOn = (disk: { isFull: boolean }, store: Store): Store => ({
  ...store,
  activity: {
    async add(entries) {
      if (disk.isFull) throw new StoreError("refused", "the disk is full");
      await store.activity.add(entries);
    },
    list: (...given) => store.activity.list(...given),
    sweep: (now, limit) => store.activity.sweep(now, limit),
  },
});
