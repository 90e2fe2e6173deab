import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { writeRequests } from "./http-request.ts";
import { startNginx } from "./nginx.ts";
import type { PeerFigures, PeersOptions } from "./peers.ts";
import { type Server, startProcesses, startWaferd } from "./servers.ts";
import { APP } from "./stored-sessions.ts";
import { processorOf, ratioOf, rateOf, type Subject, takeTurns } from "./turns.ts";
import { median, type Traffic } from "./wrk.ts";

const PATH = "/cgi-bin/get_api_domain_ip";
const EXPECTED = '"errcode":0';

/** Measures calls through the gateway beside nginx's `proxy_pass`, to the same upstream. */
export async function measureGateway(options: PeersOptions): Promise<PeerFigures[]> {
  using folder = tempFolder();
  const script = join(import.meta.dir, "gateway-upstream.ts");
  await using upstream = await startProcesses([script], 1);
  const apiBase = upstream.url.replace(/\/$/, "");
  const place = { address: "", dataDir: join(folder.path, "data") };
  await using waferd = await startWaferd(place, { apiBase });
  const key = await serviceKey(waferd.url, place.dataDir);
  await using nginx = await startNginx(apiBase);
  const traffic = (name: string, path: string, headers: Record<string, string>): Traffic => {
    const file = join(folder.path, name);
    const sample = { method: "GET", path, headers } as const;
    writeRequests(file, [sample]);
    return { requests: file, sample, expected: EXPECTED };
  };
  const subject = (server: Server, asked: Traffic): Subject => ({
    ...{ server, traffic: () => asked },
    ...{ warming: options.warm ? 1 : 0, look: !options.warm },
  });
  const ofNginx = subject(nginx, traffic("nginx", `/proxied${PATH}`, {}));
  const authorization = { Authorization: `Bearer ${key}` };
  const ours = subject(waferd, traffic("waferd", `/wechat/${APP.appid}${PATH}`, authorization));
  const turns = await takeTurns([ofNginx, ours], options);
  const [ofNginxTaken = [], taken = []] = [turns.get(ofNginx), turns.get(ours)];
  const figures = (name: string, of: typeof taken): PeerFigures => ({
    name,
    requestsPerSecond: rateOf(of),
    p50: median(of.map(({ p50 }) => p50)),
    p99: median(of.map(({ p99 }) => p99)),
    processor: processorOf(of),
  });
  return [
    figures("nginx with proxy_pass", ofNginxTaken),
    figures(`waferd's gateway, ${ratioOf(taken, ofNginxTaken).toFixed(2)} of its rate`, taken),
  ];
}

/** Registers an app, and returns a service key for it. */
async function serviceKey(url: string, dataDir: string): Promise<string> {
  const admin = readFileSync(join(dataDir, "admin.key"), "utf8").trim();
  const post = async (path: string, body: object): Promise<Record<string, string>> => {
    const answer = await fetch(`${url}api/v1${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${admin}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  await post("/apps", { appid: APP.appid, secret: "a-secret-of-the-bench" });
  const { key = "" } = await post("/service-keys", {
    ...{ title: "bench", apps: [APP.appid], capabilities: ["proxy"] },
  });
  return key;
}
