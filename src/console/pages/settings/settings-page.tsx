import { ConsolePage } from "../../parts/page.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { Backups } from "./backups.tsx";
import { Checks } from "./checks.tsx";
import { Configuration } from "./configuration.tsx";
import { Server } from "./server.tsx";

/** The parts of the page by their names in the address. */
const PARTS = { server: Server, config: Configuration, backups: Backups, check: Checks };
const TABS = Object.keys(PARTS) as (keyof typeof PARTS)[];

/** The server as it runs, its configuration, its backups and its own check. */
export default function SettingsPage() {
  const { t } = useText();
  const { query, setQuery } = usePlace();
  const chosen = TABS.find((tab) => tab === query.get("tab")) ?? "server";
  const Part = PARTS[chosen];
  return (
    <ConsolePage title={t.menu.settings} purpose={t.settings.purpose}>
      <Tabs
        label={t.menu.settings}
        tabs={TABS.map((id) => ({ id, title: t.settings.tabs[id] }))}
        chosen={chosen}
        onChoose={(id) => setQuery({ tab: id === "server" ? null : id })}
      >
        <Part />
      </Tabs>
    </ConsolePage>
  );
}
