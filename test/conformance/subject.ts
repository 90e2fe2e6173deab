import type { Store } from "../../src/core/store.ts";

/** A driver under the conformance suite. */
export interface Subject {
  name: string;
  /** Opens a new, empty place for a store. */
  place(): Promise<Place>;
}

/** The place of a store's data, which outlives the stores that are opened on it. */
export interface Place {
  open(): Promise<Store>;
  dispose(): Promise<void>;
}

/** Opens an empty store, which is closed and deleted at the end of the scope. */
export async function freshStore(
  subject: Subject,
): Promise<{ store: Store; place: Place } & AsyncDisposable> {
  const place = await subject.place();
  const store = await place.open();
  return {
    store,
    place,
    async [Symbol.asyncDispose]() {
      await store.close();
      await place.dispose();
    },
  };
}
