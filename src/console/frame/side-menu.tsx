import { useEffect, useRef } from "react";
import { PAGES } from "../pages/pages.ts";
import { Go } from "../router/place.tsx";
import { useText } from "../text/text.tsx";
import { useServerFacts } from "./server-context.tsx";

/** The menu: a column on a wide screen, a drawer on a narrow one. */
export function SideMenu({
  path,
  isOpen,
  onClose,
}: {
  path: string;
  isOpen: boolean;
  onClose: () => void;
}) {
  const { t } = useText();
  const drawer = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = drawer.current;
    if (isOpen && element?.open === false) element.showModal();
    if (!isOpen && element?.open === true) element.close();
  }, [isOpen]);
  return (
    <>
      <div className="side column">
        <Brand />
        <Entries path={path} />
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the menu; Escape is the key */}
      <dialog
        ref={drawer}
        className="side-drawer"
        aria-label={t.frame.menu}
        onClose={onClose}
        onClick={(event) => {
          if (event.target === drawer.current) onClose();
        }}
      >
        <div className="side">
          <div className="side-head">
            <Brand />
            <button type="button" className="plain" aria-label={t.words.close} onClick={onClose}>
              ✕
            </button>
          </div>
          <Entries path={path} onGo={onClose} />
        </div>
      </dialog>
    </>
  );
}

const Brand = () => (
  <Go to="/" className="brand">
    waferd
  </Go>
);

function Entries({ path, onGo }: { path: string; onGo?: () => void }) {
  const { t } = useText();
  const isSandbox = useServerFacts()?.sandbox === true;
  return (
    <nav aria-label={t.frame.menu}>
      {(["daily", "server"] as const).map((group) => (
        <ul key={group}>
          {PAGES.map(
            (page) =>
              page.group === group &&
              page.menu !== null &&
              (page.isOfSandbox !== true || isSandbox) && (
                <li key={page.path}>
                  <Go
                    to={`/${page.path}`}
                    aria-current={page.path === path ? "page" : undefined}
                    onClick={onGo}
                  >
                    {t.menu[page.menu]}
                  </Go>
                </li>
              ),
          )}
        </ul>
      ))}
    </nav>
  );
}
