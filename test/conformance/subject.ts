import type { Store } from "../../src/core/store.ts";

/** A driver under the conformance suite. */
export interface Subject {
  name: string;
  /** Opens a new, empty place for a store. */
  place(): Promise<Place>;
}

/** Where a store keeps its data: it outlives the stores that are opened on it. */
export interface Place {
  open(): Promise<Store>;
  dispose(): Promise<void>;
}

/** A fresh store of the subject's, closed and gone at the end of the scope. */
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
