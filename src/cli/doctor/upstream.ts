import type { Config } from "../../config/schema.ts";
import type { ProbeOutcome, ProbeUpstream } from "../../core/upstream-probe.ts";
import { type Check, checksOf } from "./check.ts";

/** A clock that is off by more makes logins lapse at the wrong time, and certificates fail. */
const MAX_SKEW_SECONDS = 60;

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;

/** Whether WeChat and WeCom answer, by the configured way, and what they say of our clock. */
export async function* checkUpstreams(
  config: Config,
  probe: ProbeUpstream,
  now: () => number,
): AsyncGenerator<Check> {
  const proxy = config["wechat.proxy"] === "" ? null : config["wechat.proxy"];
  let skew: number | null = null;
  for (const [name, url] of [
    ["WeChat", config["wechat.api_base"]],
    ["WeCom", config["work.api_base"]],
  ] as const) {
    const outcome = await probe({
      ...{ url, proxy },
      connectTimeoutSeconds: config["wechat.connect_timeout"],
      timeoutSeconds: config["wechat.timeout"],
    });
    yield reachability(name, url, proxy, outcome);
    if (outcome.isReached && outcome.date !== null)
      skew ??= Math.round((now() - outcome.date) / 1000);
  }
  const clock = checksOf("clock");
  if (skew === null)
    yield clock.warn("nobody could be asked for the time", "make WeChat reachable first");
  else if (Math.abs(skew) > MAX_SKEW_SECONDS)
    yield clock.fail(
      `this machine's clock is ${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} WeChat's`,
      "set it, and keep it right by NTP: timedatectl set-ntp true",
    );
  else yield clock.ok(`it is within ${MAX_SKEW_SECONDS} s of WeChat's`);
}

function reachability(
  name: string,
  url: string,
  proxy: string | null,
  outcome: ProbeOutcome,
): Check {
  const { ok, fail } = checksOf(name);
  const way = proxy === null ? "" : ` through ${proxy}`;
  if (outcome.isReached) return ok(`${url} answers${way}`);
  const { code, message } = outcome;
  const first = proxy === null ? new URL(url).host : new URL(proxy).host;
  const letOut = `let this machine out to ${first}, or name a way by wechat.proxy`;
  if (/ENOTFOUND|EAI_/.test(code))
    return fail(
      `the name of ${first} does not resolve (${code})`,
      "look at /etc/resolv.conf, or set wechat.proxy",
    );
  if (TLS_CODE.test(code))
    return fail(
      `${url} shows a certificate that is not trusted (${code})`,
      code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID"
        ? "look at this machine's clock first"
        : "take away what opens TLS on the way, or trust its CA by NODE_EXTRA_CA_CERTS",
    );
  if (code === "ECONNREFUSED") return fail(`${first} refuses connections`, letOut);
  if (/CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(code))
    return fail(`no connection to ${first} comes about (${code})`, letOut);
  if (code === "TimeoutError" || code.includes("TIMEOUT"))
    return fail(
      `${url} did not answer${way} in time`,
      "raise wechat.timeout, or look at the network",
    );
  return fail(
    `the way to ${url}${way} breaks off: ${message}`,
    "look at what lies between: proxies, firewalls",
  );
}
