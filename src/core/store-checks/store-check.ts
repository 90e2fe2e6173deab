import type { Milliseconds } from "../ports.ts";

/** The flaws that are shown one by one: a damaged store may have millions. */
export const SHOWN_FLAWS = 100;

/** The findings of a check of the store. */
export interface StoreReport {
  /** How many records of each kind there are. */
  records: Readonly<Record<string, number>>;
  flaws: number;
  /** The first flaws. */
  shown: string[];
}

/** A check that is over. */
export interface EndedStoreCheck {
  begunAt: Milliseconds;
  endedAt: Milliseconds;
  /** null for one that failed. */
  report: StoreReport | null;
  /** Why it failed, for administrators; null for one that read everything. */
  failure: string | null;
}

/** The checks of the store of this server. */
export interface StoreCheckState {
  /** When the check in hand was begun; null when there is none. */
  runningSince: Milliseconds | null;
  /** null before the first one. */
  last: EndedStoreCheck | null;
}

/** Where the processes of a server note their checks. */
export interface StoreCheckNotes {
  read(): Promise<StoreCheckState>;
  /** Notes that this process begins a check. */
  begin(at: Milliseconds): Promise<void>;
  end(ended: EndedStoreCheck): Promise<void>;
}
