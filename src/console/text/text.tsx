import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import type { Language } from "../../messages/messages.ts";
import { keepChoice, keptChoice } from "../kept-choice.ts";
import { CONSOLE_EN, type ConsoleText } from "./en.ts";
import { CONSOLE_ZH } from "./zh.ts";

/** The texts of the console, and the tag by which Intl formats. */
interface Tongue {
  language: Language;
  /** BCP 47. */
  locale: string;
  t: ConsoleText;
  setLanguage: (language: Language) => void;
}

const TEXTS: Readonly<Record<Language, { locale: string; t: ConsoleText }>> = {
  en: { locale: "en", t: CONSOLE_EN },
  zh: { locale: "zh-CN", t: CONSOLE_ZH },
};

const LANGUAGES = Object.keys(TEXTS) as Language[];

/** Returns the language that was chosen, else the browser's first one that there is. */
function initialLanguage(): Language {
  const chosen = keptChoice("language", LANGUAGES);
  if (chosen !== null) return chosen;
  const wanted = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  return wanted.flatMap((tag) => LANGUAGES.filter((one) => one === tag))[0] ?? "en";
}

const TongueContext = createContext<Tongue | null>(null);

export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(initialLanguage);
  useEffect(() => {
    document.documentElement.lang = TEXTS[language].locale;
  }, [language]);
  const tongue = useMemo<Tongue>(
    () => ({
      language,
      ...TEXTS[language],
      setLanguage(next) {
        keepChoice("language", next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <TongueContext value={tongue}>{children}</TongueContext>;
}

/** Returns the texts in the reader's language. */
export function useText(): Tongue {
  const tongue = use(TongueContext);
  if (tongue === null) throw new Error("useText() outside of TextProvider");
  return tongue;
}
