import type { ConsoleProof } from "../../core/access/access.ts";
import { plainAddress } from "../address.ts";

/** The cookie of the console (docs/protocol-reference.md#console-session). */
const COOKIE = "waferd_console";
const TOKEN = /^[0-9a-f]{64}$/;
/** Seconds for which a browser keeps it; the session may end before. */
const MAX_AGE = 7 * 24 * 3600;

/** The facts of a server by which it knows requests of its own pages. */
export interface ConsoleSite {
  /** The option `public_url`; empty without one. */
  publicUrl: string;
  /** Whether the server speaks TLS itself. */
  isTls: boolean;
}

/**
 * Returns the proof in a request's cookie; undefined without one. A cookie counts only for requests
 * of our own pages, at a name that no other site controls.
 */
export function consoleProof(request: Request, site: ConsoleSite): ConsoleProof | undefined {
  const values = tokensIn(request.headers.get("cookie"));
  const [token, ...others] = values;
  if (token === undefined) return undefined;
  if (others.length > 0)
    return { refused: `the request has several cookies ${COOKIE}: delete them, and sign in again` };
  const refused = foreignness(request, site);
  if (refused !== null) return { refused };
  // A text of another form is like a token that has ended.
  return { token: TOKEN.test(token) ? token : "" };
}

/** Returns the different values of the cookie. */
const tokensIn = (header: string | null): string[] => [
  ...new Set(
    (header ?? "")
      .split(";")
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${COOKIE}=`))
      .map((pair) => pair.slice(COOKIE.length + 1)),
  ),
];

/**
 * Returns why a request may come from the page of another site, and how it would not; null when one
 * of our own pages sent it.
 */
export function foreignness(
  { headers }: Request,
  { publicUrl, isTls }: ConsoleSite,
): string | null {
  const host = headers.get("host") ?? "";
  const own = publicUrl === "" ? null : new URL(publicUrl);
  const isNamed = own !== null && isHostOf(own, host);
  if (!isNameless(host) && !isNamed)
    return own === null
      ? "the console answers to addresses and to localhost only: set public_url to the address that the browser shows"
      : `the console answers to addresses, to localhost and to ${own.host} only: open it there, or change public_url`;
  const origin = headers.get("origin");
  if (origin !== null) {
    if (own !== null && origin === own.origin) return null;
    const url = URL.canParse(origin) ? new URL(origin) : null;
    const schemes = isTls ? ["https:"] : ["http:", "https:"];
    // At its name a server has the one origin that public_url says.
    if (!isNamed && url !== null && schemes.includes(url.protocol) && isHostOf(url, host))
      return null;
    return "another site's page sent the request, or a proxy has changed its Host: set public_url to the address that the browser shows";
  }
  return headers.get("sec-fetch-site") === "same-origin"
    ? null
    : "no Origin and no Sec-Fetch-Site: same-origin says that a page of the console sent the request: use HTTPS, or localhost by an SSH tunnel, and a browser of this decade";
}

/** Whether a Host is an address or localhost, which no other site can point at us. */
function isNameless(host: string): boolean {
  const name = /^(\[[\da-f:.]+\]|[^\s:,@/\\[\]]+)(:\d{1,5})?$/i.exec(host)?.[1];
  if (name === undefined) return false;
  return /^localhost\.?$/i.test(name) || plainAddress(name) !== null;
}

/** Whether a Host is that of a URL. */
function isHostOf({ protocol, host }: URL, given: string): boolean {
  const url = `${protocol}//${given}`;
  return /^[^\s@/\\?#]+$/.test(given) && URL.canParse(url) && new URL(url).host === host;
}

/** Returns the header that sets the cookie, or removes it when there is no token. */
export function cookieHeader(request: Request, token: string | null, site: ConsoleSite): string {
  const origin = request.headers.get("origin") ?? "";
  const isSecure = site.isTls || origin.startsWith("https://");
  return [
    `${COOKIE}=${token ?? ""}`,
    "Path=/",
    `Max-Age=${token === null ? 0 : MAX_AGE}`,
    "HttpOnly",
    "SameSite=Strict",
    ...(isSecure ? ["Secure"] : []),
  ].join("; ");
}
