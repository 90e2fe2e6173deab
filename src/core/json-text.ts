/** ASCII without controls, quote and backslash. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Tells whether a text needs no escapes in JSON, and each character is one byte of UTF-8. */
export const isPlainText = (text: string): boolean => PLAIN.test(text);
