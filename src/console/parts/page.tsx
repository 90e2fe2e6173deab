import { type ReactNode, useEffect } from "react";

/** A page: its title, one sentence for its purpose, and its main actions. */
export function ConsolePage({
  title,
  purpose,
  actions,
  children,
}: {
  title: string;
  purpose: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · waferd`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          <p>{purpose}</p>
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
