import { createContext, type ReactNode, use, useCallback, useEffect, useState } from "react";

/** Milliseconds for which a notice stays. */
const NOTICE_MS = 6000;

const NoticeContext = createContext<(text: string) => void>(() => {});

/** Shows what was done in a corner, and has screen readers say it. */
export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<{ text: string; number: number } | null>(null);
  const say = useCallback(
    (text: string) => setNotice((before) => ({ text, number: (before?.number ?? 0) + 1 })),
    [],
  );
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => setNotice(null), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <NoticeContext value={say}>
      {children}
      <div className="notices" role="status" aria-live="polite" popover="manual" ref={showOnTop}>
        {notice !== null && (
          <p className="notice" key={notice.number}>
            {notice.text}
          </p>
        )}
      </div>
    </NoticeContext>
  );
}

/** Puts the notices above dialogs, which are on the browser's top layer. */
function showOnTop(element: HTMLElement | null): void {
  if (element !== null && !element.matches(":popover-open")) element.showPopover();
}

/** Returns the function that shows a notice. */
export const useNotice = () => use(NoticeContext);
