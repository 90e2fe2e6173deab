import { createContext, type ReactNode, use } from "react";
import { type ServerFactsOfApi, useServer } from "../client/use-server.ts";

const ServerContext = createContext<ServerFactsOfApi | undefined>(undefined);

/** Reads the server's facts once for all parts of the frame and its pages. */
export function ServerProvider({ children }: { children: ReactNode }) {
  const { value } = useServer();
  return <ServerContext value={value}>{children}</ServerContext>;
}

/** Returns the server's facts; undefined until the first answer. */
export const useServerFacts = () => use(ServerContext);
