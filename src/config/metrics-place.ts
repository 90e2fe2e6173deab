/** The place of /metrics: nowhere, on the service's port, or by a separate listener. */
export type MetricsPlace = null | "beside" | { host: string; port: number };

const ON = /^(true|t|yes|y|on|1)$/i;
const OFF = /^(false|f|no|n|off|0)$/i;
/** The metrics of a separate listener are open to its network, so the default is local. */
const DEFAULT_HOST = "127.0.0.1";

/**
 * Parses the option `metrics`: true, false, a port, or `address:port` (an IPv6 address in
 * brackets). As with every option, 1 and 0 mean true and false.
 *
 * @returns undefined when the text is invalid
 */
export function metricsPlace(text: string): MetricsPlace | undefined {
  if (OFF.test(text)) return null;
  if (ON.test(text)) return "beside";
  const match = /^(?:([\w.-]+|\[[0-9A-Fa-f:]+\]):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) return undefined;
  return { host: match[1]?.replace(/^\[|\]$/g, "") ?? DEFAULT_HOST, port };
}
