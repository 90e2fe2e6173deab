/** Segments of letters, digits, `.`, `_` and `-`: all that WeChat's paths have. */
const PATH = /^(?:\/[A-Za-z0-9._-]+)+\/?$/;
const PATTERN = /^(?:\/[A-Za-z0-9._-]+)*(?:\/[A-Za-z0-9._-]+|\/\*)$/;
const LEADS_UP = /\/\.{1,2}(?:\/|$)/;

/**
 * Whether a text is a path of WeChat's API that means the same to every server: without escapes,
 * `..` and empty segments.
 */
export const isPlainPath = (path: string): boolean => PATH.test(path) && !LEADS_UP.test(path);

/** Whether a text may be one of a key's `paths`: a path, or one whose last segment is `*`. */
export const isPathPattern = (text: string): boolean =>
  text.length <= LONGEST_PATTERN && PATTERN.test(text) && !LEADS_UP.test(text);

export const LONGEST_PATTERN = 200;
/** The most paths of a key. */
export const MOST_PATHS = 100;
/** The form of a pattern, for people. */
export const PATH_PATTERN_FORM = "a path such as /wxa/getwxacode, or all below one: /wxa/*";

/** Whether a plain path is one of the patterns, or below one that ends in `*`. */
export const matchesPaths = (path: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern,
  );
