import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { askWhetherAway, useConnection } from "../client/connection.ts";

/** Imports the file of a page. */
export type LoadPage = () => Promise<{ default: ComponentType }>;

const loaded = new Map<LoadPage, ComponentType>();

/** A page whose file loads when it is opened, and again when a server that was away returns. */
export function LoadedPage({ load, waiting }: { load: LoadPage; waiting: ReactNode }) {
  const { returns } = useConnection();
  const [Component, setComponent] = useState(() => loaded.get(load) ?? null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a return of the server loads again
  useEffect(() => {
    if (Component !== null) return;
    let isCurrent = true;
    load().then(
      (file) => {
        loaded.set(load, file.default);
        if (isCurrent) setComponent(() => file.default);
      },
      async (error: unknown) => {
        if ((await askWhetherAway()) || !isCurrent) return;
        // The server answers, but no longer with this file: another version runs there.
        setComponent(() => {
          throw error;
        });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [load, Component, returns]);
  return Component === null ? waiting : <Component />;
}
