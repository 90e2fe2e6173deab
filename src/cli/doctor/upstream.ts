import type { Config } from "../../config/schema.ts";
import { maskAddress } from "../../core/address.ts";
import type { ProbeOutcome, ProbeUpstream } from "../../core/upstream-probe.ts";
import { type Check, checksOf } from "./check.ts";

/** The most that the clock may be off: beyond it logins lapse early or late, and TLS may fail. */
const MAX_SKEW_SECONDS = 60;

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;

/** Checks that WeChat and WeCom answer, through the configured proxy, and compares the clocks. */
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
    yield clock.warn("no server could be asked for the time", "make WeChat reachable first");
  else if (Math.abs(skew) > MAX_SKEW_SECONDS)
    yield clock.fail(
      `this machine's clock is ${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} WeChat's`,
      "set it, and synchronize it by NTP: timedatectl set-ntp true",
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
  const way = proxy === null ? "" : ` through ${maskAddress(proxy)}`;
  if (outcome.isReached) return ok(`${url} answers${way}`);
  const { code, message } = outcome;
  const first = proxy === null ? new URL(url).host : new URL(proxy).host;
  const letOut = `allow connections to ${first}, or set wechat.proxy`;
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
        : "remove the TLS inspection on the way, or trust its CA by NODE_EXTRA_CA_CERTS",
    );
  if (code === "ECONNREFUSED") return fail(`${first} refuses connections`, letOut);
  if (/CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(code))
    return fail(`cannot connect to ${first} (${code})`, letOut);
  if (code === "TimeoutError" || code.includes("TIMEOUT"))
    return fail(
      `${url} did not answer${way} in time`,
      "raise wechat.timeout, or look at the network",
    );
  return fail(
    `the connection to ${url}${way} fails: ${message}`,
    "look at the proxies and firewalls on the way",
  );
}
