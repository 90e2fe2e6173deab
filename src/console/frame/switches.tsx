import { useText } from "../text/text.tsx";
import { useTheme } from "./theme.tsx";

/** The switches of language and theme. */
export function Switches() {
  const { t, language, setLanguage } = useText();
  const { theme, setTheme } = useTheme();
  const other = language === "zh" ? "en" : "zh";
  return (
    <>
      <button
        type="button"
        className="plain"
        lang={other === "zh" ? "zh-CN" : "en"}
        onClick={() => setLanguage(other)}
      >
        {other === "zh" ? "中文" : "English"}
      </button>
      <button
        type="button"
        className="plain"
        onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
      >
        {theme === "dark" ? t.frame.light : t.frame.dark}
      </button>
    </>
  );
}
