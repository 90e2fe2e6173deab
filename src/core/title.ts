export const MAX_TITLE_LENGTH = 100;

/** Tells whether a text may be a title. A lone surrogate would not survive being stored. */
export const isTitle = (text: string): boolean =>
  text.length <= MAX_TITLE_LENGTH && text.isWellFormed();
