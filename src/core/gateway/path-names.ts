/** Stands for the paths of an owner beyond the limit. */
export const OTHER_PATH = "other";

const MOST_NAMES = 200;
/** A path that is longer counts as another. */
const LONGEST_NAME = 100;

/** The paths under which an owner's calls are counted: a caller may make up any number of them. */
export class PathNames {
  readonly #names = new Map<string, Set<string>>();

  /** @param owner a registered one */
  of(owner: string, path: string): string {
    const names = this.#names.get(owner) ?? new Set();
    this.#names.set(owner, names);
    if (names.has(path)) return path;
    if (names.size >= MOST_NAMES || path.length > LONGEST_NAME) return OTHER_PATH;
    names.add(path);
    return path;
  }
}
