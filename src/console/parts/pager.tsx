import { Go, queryText, usePlace } from "../router/place.tsx";
import { useText } from "../text/text.tsx";

/** Links to the next and the first page of a list; the way back is the browser's. */
export function Pager({ next }: { next: string | null }) {
  const { t } = useText();
  const { segments, query } = usePlace();
  const isFirst = !query.has("cursor");
  if (next === null && isFirst) return null;
  const at = (cursor: string | null) => {
    const changed = new URLSearchParams(query);
    if (cursor === null) changed.delete("cursor");
    else changed.set("cursor", cursor);
    return `/${segments[0] ?? ""}${queryText(changed)}`;
  };
  return (
    <nav className="pager" aria-label={t.words.pages}>
      {!isFirst && <Go to={at(null)}>{t.words.firstPage}</Go>}
      {next !== null && (
        <Go to={at(next)} rel="next">
          {t.words.nextPage}
        </Go>
      )}
    </nav>
  );
}
