import { signOut } from "../client/session.ts";
import { useAction } from "../client/use-action.ts";
import { useNotice } from "../parts/notice.tsx";
import { useText } from "../text/text.tsx";
import { AppChoice } from "./app-choice.tsx";
import { ServerState } from "./server-state.tsx";
import { Switches } from "./switches.tsx";

/** The bar on top: the app that a page is about, the state of the server, the reader's switches. */
export function TopBar({ isAboutApp, onMenu }: { isAboutApp: boolean; onMenu: () => void }) {
  const { t } = useText();
  const say = useNotice();
  const leaving = useAction(signOut);
  const leave = async () => {
    if (!(await leaving.run())) say(t.frame.notSignedOut);
  };
  return (
    <header className="top">
      <button
        type="button"
        className="plain menu-button"
        aria-label={t.frame.menu}
        onClick={onMenu}
      >
        ☰
      </button>
      <div className="top-left">{isAboutApp && <AppChoice />}</div>
      <ServerState />
      <Switches />
      <button type="button" className="plain" onClick={leave}>
        {t.frame.signOut}
      </button>
    </header>
  );
}
