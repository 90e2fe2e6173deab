/** Choices that this browser keeps. A browser that refuses storage forgets them with the page. */

const PREFIX = "waferd.console.";

/** Returns what was kept under a name, if it is one of the choices. */
export function keptChoice<Choice extends string>(
  name: string,
  choices: readonly Choice[],
): Choice | null {
  try {
    const kept = localStorage.getItem(PREFIX + name);
    return choices.find((one) => one === kept) ?? null;
  } catch {
    return null;
  }
}

/** Keeps a choice; null forgets it. */
export function keepChoice(name: string, choice: string | null): void {
  try {
    if (choice === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, choice);
  } catch {
    // The choice lasts as long as the page.
  }
}
