/** One page of a list, in the order of its index. */
export interface Page<T> {
  items: T[];
  /** Where the next page starts; null on the last one. */
  next: string | null;
}

export interface PageRequest {
  /** The `next` of the page before; absent for the first page. */
  cursor?: string;
  /** At most this many items, at least 1. */
  limit: number;
}
