import { StartError } from "../core/errors.ts";
import { createSealer, type Sealer, UnsealError } from "../crypto/seal.ts";
import type { MasterKey } from "./master-key.ts";

/** The layout of the data that this version writes; it reads the earlier ones too. Since 2, LMDB's sessions lie by places. */
export const FORMAT = 2;
const PROOF_TEXT = "waferd";
const PROOF_PLACE = "meta:store:proof";

/** What the first start on a store wrote down about it. */
export interface StoreMeta {
  format: number;
  /** A known text, sealed: it opens only with the key that sealed everything else. */
  proof: Uint8Array;
  /** Whether the store was made by the sandbox, in which anyone may log in as anyone. */
  sandbox: boolean;
}

/** What the first start writes down. */
export const newMeta = (key: MasterKey, sandbox: boolean): StoreMeta => ({
  format: FORMAT,
  proof: createSealer(key.bytes).seal(PROOF_TEXT, PROOF_PLACE),
  sandbox,
});

/**
 * The sealer of a store, once it is proved that its key opens the data and that the data is of this kind.
 *
 * @param place where the data is, for people: `in ./data`
 * @param elsewhere how to choose another place, for people: `choose another --data-dir`
 * @throws StartError
 */
export function proveMeta(
  meta: StoreMeta,
  {
    key,
    sandbox,
    place,
    elsewhere,
  }: { key: MasterKey; sandbox: boolean; place: string; elsewhere: string },
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
  return sealer;
}
