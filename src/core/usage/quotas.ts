export interface Quota {
  limit: number;
  per: "day" | "hour";
  /** Whether all agents of a corp share it. */
  ofCorp?: true;
}

/** The quotas of WeChat and WeCom: docs/protocol-reference.md#upstream. */
const QUOTAS: Readonly<Record<string, readonly Quota[]>> = {
  "/cgi-bin/token": [{ limit: 2000, per: "day" }],
  "/cgi-bin/stable_token": [{ limit: 500_000, per: "day" }],
  "/cgi-bin/stable_token force_refresh": [{ limit: 20, per: "day" }],
  "/cgi-bin/get_jsapi_ticket": [
    { limit: 400, per: "hour", ofCorp: true },
    { limit: 100, per: "hour" },
  ],
  "/cgi-bin/ticket/get": [{ limit: 100, per: "hour" }],
};

/** Returns the quotas of an endpoint. */
export const quotasOf = (endpoint: string): readonly Quota[] => QUOTAS[endpoint] ?? [];

/** Returns an endpoint's quota of a day, or null when it is not known. */
export const dailyQuotaOf = (endpoint: string): Quota | null =>
  quotasOf(endpoint).find(({ per, ofCorp }) => per === "day" && ofCorp !== true) ?? null;
