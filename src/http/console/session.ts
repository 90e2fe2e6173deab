import { Elysia } from "elysia";
import { shownConsoleId } from "../../core/access/console-session.ts";
import type { ConsoleClient } from "../../core/access/console-sessions.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import { readBody } from "../body.ts";
import type { Peer } from "../peer.ts";
import type { Answer, Plain } from "../plain-route.ts";
import { problemResponse, Refusal, refusalOf } from "../rest/problem.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { type ConsoleSite, consoleProof, cookieHeader, foreignness } from "./cookie.ts";

export interface ConsoleSessionOptions {
  core: Pick<Core, "consoleSessions">;
  plain: Plain;
  peerOf: (request: Request) => Peer;
  site: ConsoleSite;
}

/** More characters than any admin key has. */
const LONGEST_KEY = 1000;

/** Serves /console/session, where a browser signs in by the admin key, looks, and signs out. */
export function consoleSessionRoutes({ core, plain, peerOf, site }: ConsoleSessionOptions) {
  const { consoleSessions } = core;
  const clientOf = (request: Request, requestId: string): ConsoleClient => ({
    requestId,
    address: peerOf(request).client,
  });

  const signIn = async (request: Request, requestId: string): Promise<Answer> => {
    const foreign = isOfBrowser(request) ? foreignness(request, site) : null;
    if (foreign !== null) return refused(forbidden(foreign), requestId);
    const key = keyIn(await readBody(request));
    if (key instanceof Refusal) return refused(key, requestId);
    const started = await consoleSessions.start(key, clientOf(request, requestId));
    if (started instanceof Failure) return refused(refusalOf(started), requestId);
    const { token, session } = started;
    return {
      response: Response.json(
        { id: shownConsoleId(session), expiresAt: shownTime(consoleSessions.endOf(session)) },
        { headers: { "Set-Cookie": cookieHeader(request, token, site) } },
      ),
    };
  };

  const show = async (request: Request, requestId: string): Promise<Answer> => {
    const proof = consoleProof(request, site);
    const session =
      proof === undefined
        ? new Failure("keyRequired", { reason: "nobody is signed in" })
        : "refused" in proof
          ? new Failure("forbidden", { reason: proof.refused, cause: proof.refused })
          : await consoleSessions.use(proof.token);
    if (session instanceof Failure) {
      const answer = refused(refusalOf(session), requestId);
      // Every page asks at its start; that nobody is signed in is an answer.
      return session.code === "keyRequired" ? { ...answer, failure: null, quiet: true } : answer;
    }
    const body = {
      id: shownConsoleId(session),
      expiresAt: shownTime(consoleSessions.endOf(session)),
    };
    return { response: Response.json(body), quiet: true };
  };

  const signOut = async (request: Request, requestId: string): Promise<Answer> => {
    const proof = consoleProof(request, site);
    if (proof !== undefined && "refused" in proof)
      return refused(forbidden(proof.refused), requestId);
    if (proof !== undefined) {
      const failure = await consoleSessions.end(proof.token, clientOf(request, requestId));
      if (failure !== null) return refused(refusalOf(failure), requestId);
    }
    const headers = { "Set-Cookie": cookieHeader(request, null, site) };
    return { response: new Response(null, { status: 204, headers }) };
  };

  const app = new Elysia({ name: "console-session" });
  const path = "/console/session";
  app.post(path, plain(signIn), { parse: "none" });
  app.get(path, plain(show));
  app.delete(path, plain(signOut), { parse: "none" });
  return app;
}

/** Whether a browser sent a POST; they all say from where. */
const isOfBrowser = ({ headers }: Request): boolean =>
  headers.has("origin") || headers.has("sec-fetch-site");

const forbidden = (reason: string): Refusal =>
  refusalOf(new Failure("forbidden", { reason, cause: reason }));

function refused(refusal: Refusal, requestId: string): Answer {
  const context = { requestId, standing: SECURITY_HEADERS, isKnown: false };
  const failure = refusal.failure ?? new Failure("badParameter");
  return { response: problemResponse(refusal, context), failure };
}

/** Returns the key in a body, or the refusal of a body without one. */
function keyIn(body: string | null): string | Refusal {
  if (body === null) return new Refusal("bodyTooLarge");
  const wrong = (pointer: string, detail: string): Refusal =>
    new Refusal("badParameter", { errors: [{ in: "body", pointer, detail }] });
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return wrong("", body === "" ? "is missing: send JSON" : "is not JSON");
  }
  const key = (parsed as { key?: unknown } | null)?.key;
  return typeof key === "string" && key.length > 0 && key.length <= LONGEST_KEY
    ? key
    : wrong("/key", `must be the admin key, a text of at most ${LONGEST_KEY} characters`);
}

const shownTime = (time: number): string => new Date(time).toISOString();
