/** What the prose check reports: words that the project does not use, private metaphors, and citations. */

import type { PassageKind } from "./passages.ts";

/** A word or phrase that is not used. */
export interface WordRule {
  /** How the allow list and the messages name it. */
  readonly id: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** In running text only, in names only (split into lower-case words), or in both. */
  readonly in: "prose" | "names" | "both";
  /** Folders or files that the rule is for; everywhere when left out. */
  readonly places?: readonly string[];
  /** Folders or files where the word is right. */
  readonly except?: readonly string[];
}

/** Folders where `post`, `guard` and `leaving` would be metaphors for workers; elsewhere they are terms of HTTP. */
const WORKERS = ["src/supervisor/", "test/workers/", "docs/decisions/0011-workers.md"];
/** Where rows that a live neighbour wrote are adopted. */
const ADOPTION = [
  "src/store/",
  "src/core/store.ts",
  "src/core/coordination/sweeper",
  "test/conformance/",
  "docs/decisions/0009-shared-stores.md",
];
const REDIS = ["src/store/redis/", "test/shared/"];

/** A form of "to be" that "there" does not precede: `there is none` and `there may be no …` are plain English. */
const IS_WITHOUT_THERE = String.raw`(?<!\bthere\s+(?:\w+\s+){0,2})(?:\b(?:is|are|was|were|be|been)|(?<!\bthere)['’]s)`;

export const WORD_RULES: readonly WordRule[] = [
  { id: "anew", pattern: /\banew\b/i, instead: 'say "again"', in: "both" },
  {
    id: "whoever",
    pattern: /\bwho(?:so)?m?ever\b/i,
    instead: 'name them: "the caller", "a client that …"',
    in: "both",
  },
  {
    id: "shall",
    pattern: /\bshall\b|\bshan['’]t\b/i,
    instead: 'say "must", "should" or "will"',
    in: "both",
  },
  {
    id: "that which",
    pattern: /\bthat\s+which\b/i,
    instead: 'name it, or say "the one that"',
    in: "prose",
  },
  {
    id: "of one's own",
    pattern: /\bof\s+(?:one|someone|somebody)['’]s\s+own\b/i,
    instead: 'say "its own …" before the noun, or "separate"',
    in: "prose",
  },
  {
    id: "is none",
    pattern: new RegExp(String.raw`${IS_WITHOUT_THERE}\s+none\b(?!\s+of\b)`, "i"),
    instead: 'say "is invalid" or "is not a …"',
    in: "prose",
  },
  {
    id: "is no",
    // "is no longer", "is no more than" and the like are comparisons, "no one" is a pronoun.
    pattern: new RegExp(
      String.raw`${IS_WITHOUT_THERE}\s+no\b(?!\s+(?:longer|more|less|fewer|later|earlier|other|different|better|worse|one)\b|[-‐])`,
      "i",
    ),
    instead: 'say "is not a …" or "is invalid"',
    in: "prose",
  },
  {
    id: "flight",
    pattern: /(?<!\b(?:in|single)[\s-]+)\bflights?\b/i,
    instead: 'say "attempt" or "shared call" (`LoginAttempt`, `SingleFlight`)',
    in: "both",
  },
  { id: "passenger", pattern: /\bpassengers?\b/i, instead: 'say "waiter"', in: "both" },
  { id: "board", pattern: /\bboard(?:s|ed|ing)?\b/i, instead: 'say "join"', in: "both" },
  {
    id: "fly",
    pattern: /(?<!\bon\s+the\s+)\bfl(?:y|ies|ew|own|ying)\b/i,
    instead: 'say "run" or "in flight"',
    in: "both",
  },
  {
    id: "post",
    pattern: /\bposts?\b/,
    instead: 'say "worker slot" (`WorkerSlot`)',
    in: "both",
    places: WORKERS,
  },
  { id: "hire", pattern: /\b(?:re)?hir(?:e|es|ed|ing)\b/i, instead: 'say "start"', in: "both" },
  { id: "relieve", pattern: /\breliev(?:e|es|ed|ing)\b/i, instead: 'say "replace"', in: "both" },
  { id: "dismiss", pattern: /\bdismiss(?:es|ed|ing|al)?\b/i, instead: 'say "stop"', in: "both" },
  {
    id: "guard",
    pattern: /\bguard(?:s|ed|ing)?\b/i,
    instead: 'say "watch"',
    in: "both",
    places: WORKERS,
  },
  { id: "crew", pattern: /\bcrews?\b/i, instead: 'say "workers" or "processes"', in: "both" },
  { id: "deaf", pattern: /\bdeaf\b/i, instead: 'say "draining" or "listener closed"', in: "both" },
  { id: "retire", pattern: /\bretir(?:e|es|ed|ing|ement)\b/i, instead: 'say "drain"', in: "both" },
  {
    id: "the one that leaves",
    pattern: /\bthe\s+(?:one|worker|process)\s+that\s+(?:leaves|is\s+leaving)\b/i,
    instead: 'say "the draining worker"',
    in: "prose",
  },
  { id: "mourner", pattern: /\bmourn(?:s|ed|er|ers|ing)?\b/i, instead: 'say "reaper"', in: "both" },
  {
    id: "bury",
    pattern: /\bbur(?:y|ies|ied|ying)\b/i,
    instead: 'say "kill with the parent"',
    in: "both",
  },
  {
    id: "wish",
    pattern: /\bwish(?:es|ed|ing)?\b/i,
    instead: 'say "options" or "request"',
    in: "both",
  },
  { id: "holdOn", pattern: /\bhold(?:s|ing)? on\b/, instead: "say `extendLease`", in: "names" },
  {
    id: "crowd",
    pattern: /\bcrowd(?:s|ed|ing)?\b/i,
    instead: 'say "connections" or "many callers"',
    in: "both",
  },
  { id: "link", pattern: /\blinks?\b/i, instead: 'say "connection"', in: "both", places: REDIS },
  {
    id: "lane",
    pattern: /\blanes?\b/i,
    instead: 'say "connection"',
    in: "both",
    places: ["src/", "test/", "docs/", "examples/"],
  },
  {
    id: "take over",
    pattern: /\bt(?:ake|akes|aken|aking|ook)[\s-]+over\b|\btakeovers?\b/i,
    instead: 'say "import" for data, "adopt" for rows of a live neighbour, "replace" for a process',
    in: "both",
  },
  {
    id: "adopt",
    pattern: /\badopt(?:s|ed|ing|ions?)?\b/i,
    instead:
      'say "import" for data, "inherit" for counters: only rows of a live neighbour are adopted',
    in: "both",
    except: ADOPTION,
  },
  {
    id: "take in",
    pattern: /(?<!\btime\s+it\s+)\bt(?:ake|akes|aken|aking|ook)[\s-]+in\b/i,
    instead: 'say "import" for data, "accept" for a request',
    in: "both",
  },
];

/** Words that are not used at the start of a sentence; `prose.ts` tells what counts as one. */
export const START_RULES: readonly { id: string; pattern: RegExp; instead: string }[] = [
  {
    id: "whatever",
    pattern: /^whatever\b/i,
    instead: 'say "any …", "everything that …", or name it',
  },
  {
    id: "what",
    pattern: /^what\s/i,
    instead: "begin with a verb or a noun: name what it is",
  },
];

/** Pages that are outside of the repository, and numbers of their sections. */
export const CITATION_RULES: readonly {
  readonly id: string;
  readonly pattern: RegExp;
  /** Whether strings are held to it; a message may speak of a section of something else. */
  readonly isForStrings: boolean;
}[] = [
  {
    id: "cites",
    pattern:
      /\b(?:PROTOCOL|DESIGN|STYLE)(?:\.md)?\b(?:[\s,(]+sections?\s+\d[\d.]*\d|[\s,(]+sections?\s+\d)?/,
    isForStrings: true,
  },
  // Sections of an RFC or of a page with an address are elsewhere, and named so.
  {
    id: "cites",
    pattern: /(?<!RFC\s*\d+,?\s+)\bsections?\s+\d+(?:\.\d+)*(?![\d.]*\s+of\s+RFC)/i,
    isForStrings: false,
  },
];
export const CITE_INSTEAD = "cite docs/protocol-reference.md#… or another page of the repository";

/** Files whose links are followed from the root of a package, where `docs/` lies beside them. */
export const PACKED_FILES = "scripts/package/files";

/** The longest line of a comment and of English prose. */
export const MOST_COLUMNS = 100;

/** Passages whose first word begins a sentence even in lower case: messages and names of tests. */
export const MESSAGE_KINDS: ReadonlySet<PassageKind> = new Set(["testName", "string"]);

/** Files that the check leaves out, as prefixes or patterns, each with the reason. */
export const EXEMPT: readonly { files: RegExp; reason: string }[] = [
  { files: /^test\/vectors\//, reason: "known answers of others, kept as they came" },
  {
    files: /^scripts\/checks\/prose-rules\.ts$|^test\/scripts\/checks\/prose\.test\.ts$/,
    reason: "the list itself",
  },
];

/** One use of a word that is right. */
export interface Allowed {
  readonly id: string;
  /** A file, or a folder with a slash at its end. */
  readonly place: string;
  /** A part of the line where the word may stand. */
  readonly text: string;
  readonly reason: string;
}

/** Uses that are right. One that matches nothing any more is reported. */
export const ALLOWED: readonly Allowed[] = [
  { id: "post", place: "test/workers/", text: "waferd.post(", reason: "a POST of HTTP" },
];
