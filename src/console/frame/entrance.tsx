import { useEffect, useState } from "react";
import { useConnection } from "../client/connection.ts";
import { CallError } from "../client/problem.ts";
import { recallSession, useStanding } from "../client/session.ts";
import { SignInPage } from "../pages/sign-in/sign-in-page.tsx";
import { ErrorLines } from "../parts/error-lines.tsx";
import { useText } from "../text/text.tsx";
import { Frame } from "./frame.tsx";

/** Lets in who has a session; the address stays, so that signing in leads to its page. */
export function Entrance() {
  const { t } = useText();
  const standing = useStanding();
  const { returns } = useConnection();
  const [error, setError] = useState<CallError | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round and a return ask again
  useEffect(() => {
    if (standing !== "unknown") return;
    recallSession().then(
      () => setError(null),
      (thrown: unknown) =>
        setError(() => {
          if (!(thrown instanceof CallError)) throw thrown;
          return thrown;
        }),
    );
  }, [standing, returns, round]);
  if (standing === "admin") return <Frame />;
  if (standing === "guest") return <SignInPage />;
  if (error === null) return null;
  const retry = () => setRound((before) => before + 1);
  return (
    <main className="alone">
      <ErrorLines failed={t.signIn.notRecalled} error={error} retry={retry} />
    </main>
  );
}
