/** One page of a list, in the order of its index. */
export interface Page<T> {
  items: T[];
  /** The cursor of the next page; null on the last one. */
  next: string | null;
}

export interface PageRequest {
  /** The `next` of the previous page; absent for the first page. */
  cursor?: string;
  /** The most items to return, at least 1. */
  limit: number;
  /**
   * Called for each record that cannot be read, which the page then leaves out; without it the
   * read fails. Only the embedded driver calls it.
   *
   * @param what the record's key, for people
   */
  onUnreadable?: (what: string, cause: Error) => void;
}
