/**
 * The only error a driver lets out, whatever its database throws.
 *
 * - closed: the store was closed, or its server is away or does not answer
 * - refused: the write was not made (disk full, quota, read-only); the store holds what it held before
 * - corrupt: a record cannot be read or unsealed
 * - cursor: a page was asked for with a cursor that is none of this list's
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly kind: "closed" | "refused" | "corrupt" | "cursor";

  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
