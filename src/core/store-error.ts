/**
 * The only error that a driver throws, whatever its database throws.
 *
 * - closed: the store was closed, or its server is away or does not answer
 * - refused: the write was not made (disk full, quota, read-only); the store is unchanged
 * - corrupt: a record cannot be read or unsealed
 * - cursor: the cursor of a page does not belong to this list
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly kind: "closed" | "refused" | "corrupt" | "cursor";

  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
