import { useEffect, useRef, useState } from "react";
import { PAGES } from "../pages/pages.ts";
import { usePlace } from "../router/place.tsx";
import { useText } from "../text/text.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { LoadedPage } from "./loaded-page.tsx";
import { NotFound } from "./not-found.tsx";
import { ServerProvider, useServerFacts } from "./server-context.tsx";
import { SideMenu } from "./side-menu.tsx";
import { TopBar } from "./top-bar.tsx";

/** The menu at the left, the bar on top, and the page. */
export const Frame = () => (
  <ServerProvider>
    <Inside />
  </ServerProvider>
);

function Inside() {
  const { t } = useText();
  const { segments } = usePlace();
  const server = useServerFacts();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [path = ""] = segments;
  const page = PAGES.find((one) => one.path === path);
  const main = useMainFocus(path);
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {t.frame.skip}
      </button>
      <SideMenu path={path} isOpen={isMenuOpen} onClose={() => setMenuOpen(false)} />
      <div className="frame-right">
        {server?.sandbox === true && <aside className="stripe">{t.frame.sandbox}</aside>}
        <TopBar isAboutApp={page?.isAboutApp === true} onMenu={() => setMenuOpen(true)} />
        <main id="main" ref={main} tabIndex={-1}>
          <ErrorBoundary key={path}>
            {page === undefined ? (
              <NotFound />
            ) : (
              <LoadedPage load={page.load} waiting={<Bones />} />
            )}
          </ErrorBoundary>
        </main>
      </div>
    </div>
  );
}

/** Moves the focus to a page that was opened from another one, and the view to its top. */
function useMainFocus(path: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return main;
}

/** The place of a page's head while its file loads. */
const Bones = () => (
  <div className="page-head" aria-hidden="true">
    <div>
      <span className="bone title" />
      <span className="bone" />
    </div>
  </div>
);
