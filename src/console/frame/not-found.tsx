import { ConsolePage } from "../parts/page.tsx";
import { Go } from "../router/place.tsx";
import { useText } from "../text/text.tsx";

export function NotFound() {
  const { t } = useText();
  return (
    <ConsolePage title={t.frame.notFound} purpose={t.frame.notFoundWhy}>
      <Go to="/">{t.menu.overview}</Go>
    </ConsolePage>
  );
}
