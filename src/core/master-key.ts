import { MASTER_KEY_BYTES } from "../crypto/seal.ts";

const DIGITS = MASTER_KEY_BYTES * 2;
const FORM = new RegExp(`^[0-9a-f]{${DIGITS}}$`);

/** Tells whether a text is a master key in its configured and stored form. */
export const isMasterKey = (text: string): boolean => FORM.test(text);
export const MASTER_KEY_FORM = `${DIGITS} lower-case hex digits, as \`openssl rand -hex ${MASTER_KEY_BYTES}\` makes them`;
