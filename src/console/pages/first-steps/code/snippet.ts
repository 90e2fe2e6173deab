/** The facts that a snippet is filled with. */
export interface SnippetFacts {
  appid: string;
  /** The address at which business servers reach waferd, without a slash at its end. */
  server: string;
  /** The public address of the business server, without a slash at its end. */
  base: string;
}

/** Code for one platform, to copy. */
export interface Snippet {
  /** The name of the tab. */
  title: string;
  file: string;
  code: (facts: SnippetFacts) => string;
}
