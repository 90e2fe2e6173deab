import { StartError, UpgradeNeeded } from "../core/errors.ts";
import { createSealer, type Sealer, UnsealError } from "../crypto/seal.ts";
import type { MasterKey } from "./master-key.ts";

/**
 * The format of the data that this version writes. It upgrades earlier ones when it opens them:
 *
 * - 1: the first
 * - 2: LMDB stores sessions by fixed offsets; those of format 1 are read, and rewritten one by one
 * - 3: activity and claims of codes have tables of their own
 * - 4: LMDB stores sessions in a smaller layout; those of earlier formats are read, and rewritten
 *   one by one
 */
export const FORMAT = 4;
const PROOF_TEXT = "waferd";
const PROOF_PLACE = "meta:store:proof";

/** Facts about a store, written by the first start on it. */
export interface StoreMeta {
  format: number;
  /** A known text, sealed: it opens only with the key that sealed everything else. */
  proof: Uint8Array;
  /** Whether the store was made by the sandbox, where anyone can log in as anyone. */
  sandbox: boolean;
}

/** Returns the facts about a new store. */
export const newMeta = (key: MasterKey, sandbox: boolean): StoreMeta => ({
  format: FORMAT,
  proof: createSealer(key.bytes).seal(PROOF_TEXT, PROOF_PLACE),
  sandbox,
});

/**
 * Returns the sealer of a store, after verifying its format, its key, and that it belongs to the
 * sandbox or to real apps as expected.
 *
 * @param place where the data is, for people: `in ./data`
 * @param elsewhere how to choose another place, for people: `choose another --data-dir`
 * @param mayUpgrade whether data of an older format is accepted
 * @throws StartError, or UpgradeNeeded for an older format
 */
export function proveMeta(
  meta: StoreMeta,
  {
    key,
    sandbox,
    place,
    elsewhere,
    mayUpgrade = true,
  }: { key: MasterKey; sandbox: boolean; place: string; elsewhere: string; mayUpgrade?: boolean },
): Sealer {
  if (meta.format > FORMAT)
    throw new StartError(
      `the data ${place} has format ${meta.format}, and this version of waferd reads formats up to ${FORMAT}: use the version that wrote it, or a newer one`,
    );
  const sealer = createSealer(key.bytes);
  try {
    sealer.open(meta.proof, PROOF_PLACE);
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    throw new StartError(
      `the master key in ${key.source} is not the one that sealed the data ${place}: put the right key back`,
    );
  }
  if (meta.sandbox && !sandbox)
    throw new StartError(
      `the data ${place} was made by the sandbox, where anyone can log in as anyone: ${elsewhere} for real apps, or start with --sandbox`,
    );
  if (!meta.sandbox && sandbox)
    throw new StartError(
      `the data ${place} belongs to real apps, and the sandbox lets anyone log in as anyone: ${elsewhere} for --sandbox`,
    );
  if (meta.format < FORMAT && !mayUpgrade)
    throw new UpgradeNeeded(
      `the data ${place} has format ${meta.format}, which the first start of this version of waferd upgrades to ${FORMAT}: back it up, then run waferd serve`,
    );
  return sealer;
}
