import { useChosenApp } from "../../frame/app-choice.tsx";
import { ConsolePage } from "../../parts/page.tsx";
import { Go, usePlace } from "../../router/place.tsx";
import { useText } from "../../text/text.tsx";
import { SessionList } from "./session-list.tsx";
import { FoundUserList, soughtUser, UserSearchForm } from "./user-search.tsx";

/** The sessions of an app or of one of its users, and a search among all users. */
export default function UsersPage() {
  const { t } = useText();
  const { query } = usePlace();
  const { appid, isKnown } = useChosenApp();
  const sought = soughtUser(query);
  return (
    <ConsolePage title={t.menu.users} purpose={t.users.purpose}>
      {appid === null && isKnown ? (
        <div className="empty">
          <p>{t.users.noApp}</p>
          <Go to="/first-steps">{t.firstSteps.title}</Go>
        </div>
      ) : (
        <>
          <UserSearchForm sought={sought} />
          {sought === null ? <SessionList appid={appid} /> : <FoundUserList sought={sought} />}
        </>
      )}
    </ConsolePage>
  );
}
