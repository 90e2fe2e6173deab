import type { api } from "../../client/api.ts";

/** The counts of all apps, as the API has them. */
export type StatsOfApi = NonNullable<Awaited<ReturnType<typeof api.stats.get>>["data"]>;
