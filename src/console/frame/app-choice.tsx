import { useApps } from "../client/use-apps.ts";
import { Choice } from "../parts/choice.tsx";
import { pathTo, queryText, usePlace } from "../router/place.tsx";
import { useText } from "../text/text.tsx";

/**
 * The app that the page is about. The address has it as `?app=`, or as the segment behind the page
 * when a panel is open; else it is the first one.
 */
export function useChosenApp(): { appid: string | null; isKnown: boolean } {
  const { query, segments } = usePlace();
  const { value } = useApps();
  const asked = query.get("app") ?? segments[1] ?? null;
  if (asked !== null) return { appid: asked, isKnown: true };
  return { appid: value?.items[0]?.appid ?? null, isKnown: value !== undefined };
}

/** Chooses the app, and leaves what is open of the one before. */
export function AppChoice() {
  const { t } = useText();
  const { segments, go } = usePlace();
  const { value } = useApps();
  const { appid } = useChosenApp();
  if (value === undefined || appid === null) return null;
  const isListed = value.items.some((app) => app.appid === appid);
  return (
    <Choice
      label={t.frame.app}
      value={appid}
      onChange={(app) => go(pathTo(segments[0] ?? "") + queryText({ app }))}
      options={[
        ...(isListed ? [] : [{ value: appid, text: appid }]),
        ...value.items.map((app) => ({ value: app.appid, text: app.title || app.appid })),
      ]}
    />
  );
}
