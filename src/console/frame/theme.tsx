import { createContext, type ReactNode, use, useLayoutEffect, useState } from "react";
import { keepChoice, keptChoice } from "../kept-choice.ts";

const THEMES = ["light", "dark"] as const;
type Theme = (typeof THEMES)[number];

interface ThemeChoice {
  theme: Theme;
  setTheme: (theme: Theme) => void;
}

const ThemeContext = createContext<ThemeChoice | null>(null);

const DARK = "(prefers-color-scheme: dark)";

/** Follows the system until the reader chooses, and again once the choice equals the system. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [system, setSystem] = useState<Theme>(() => (matchMedia(DARK).matches ? "dark" : "light"));
  const [chosen, setChosen] = useState(() => keptChoice("theme", THEMES));
  const theme = chosen ?? system;
  useLayoutEffect(() => {
    const query = matchMedia(DARK);
    const follow = () => setSystem(query.matches ? "dark" : "light");
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  // Before the first paint, so that a dark page does not begin in white.
  useLayoutEffect(() => {
    document.documentElement.setAttribute("theme-mode", theme);
  }, [theme]);
  const setTheme = (next: Theme) => {
    const choice = next === system ? null : next;
    keepChoice("theme", choice);
    setChosen(choice);
  };
  return <ThemeContext value={{ theme, setTheme }}>{children}</ThemeContext>;
}

export function useTheme(): ThemeChoice {
  const choice = use(ThemeContext);
  if (choice === null) throw new Error("useTheme() outside of ThemeProvider");
  return choice;
}
