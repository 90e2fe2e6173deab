import { api, dataOf } from "./api.ts";
import { useReading } from "./use-reading.ts";

/** Seconds between two looks at the server. */
const EVERY_SECONDS = 15;

/** Reads the facts of the server, again and again. */
export const useServer = () =>
  useReading("server", () => dataOf(api.server.get()), { everySeconds: EVERY_SECONDS });

/** The facts of a server. */
export type ServerFactsOfApi = NonNullable<ReturnType<typeof useServer>["value"]>;
