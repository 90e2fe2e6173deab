import type { Static, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { excerpt } from "../core/excerpt.ts";
import { CONTROL_ROUTES, type ControlRouteName } from "./control-routes.ts";
import type { Faults } from "./faults.ts";
import { encrypt, getUserInfo, login } from "./mini-program.ts";
import { isWechatPath, WECHAT_ROUTES } from "./wechat-routes.ts";
import { DEMO_APP, type SandboxUser, type SandboxWorld, type UserChange } from "./world.ts";

export interface ControlContext {
  world: SandboxWorld;
  faults: Faults;
  calls: ReadonlyMap<string, number>;
}

/** The phone number of every user. */
const PHONE_NUMBER = "13800138000";

const MAX_BODY_BYTES = 1024 * 1024;

/** A faulty control call, answered 400. The message says how to correct it. */
class ControlError extends Error {}

type Route = (context: ControlContext, url: URL, request: Request, rest: string) => unknown;

/** The functions behind the routes. */
const ANSWERS: Readonly<Record<ControlRouteName, Route>> = {
  "GET login": ({ world }, url) => {
    const user = userOf(world, url);
    return { ...login(world, user), ...getUserInfo(world, user), errMsg: "login:ok" };
  },
  "GET user-info": ({ world }, url) => getUserInfo(world, userOf(world, url)),
  "POST encrypt": async ({ world }, url, request) =>
    encrypt(world, userOf(world, url), await bodyOf(request, CONTROL_ROUTES["POST encrypt"].body)),
  "PUT users": async ({ world }, url, request, name) => {
    world.change(
      userOf(world, url, name),
      // Checked, but its members are `?: T`, where the type of the schema also has undefined.
      (await bodyOf(request, CONTROL_ROUTES["PUT users"].body)) as UserChange,
    );
    return {};
  },
  "POST apps": async ({ world }, _url, request) => {
    const { appid, secret } = await bodyOf(request, CONTROL_ROUTES["POST apps"].body);
    world.apps.set(appid, secret);
    return { appid };
  },
  "POST agents": async ({ world }, _url, request) => {
    const { corpid, agentid, secret } = await bodyOf(request, CONTROL_ROUTES["POST agents"].body);
    world.agents.set(`${corpid}:${agentid}`, secret);
    return { corpid, agentid };
  },
  "GET phone-code": ({ world }, url) => ({
    code: world.givePhoneCode(userOf(world, url).appid, PHONE_NUMBER),
  }),
  "PUT tokens": async ({ world }, _url, request, owner) => {
    const { secondsLeft, revoked } = await bodyOf(request, CONTROL_ROUTES["PUT tokens"].body);
    if (secondsLeft !== undefined) world.hosted.hasten(owner, secondsLeft);
    if (revoked) world.hosted.revoke(owner);
    return {};
  },
  "PUT faults": async ({ faults }, _url, request, endpoint) => {
    faults.set(endpointPath(endpoint), await bodyOf(request, CONTROL_ROUTES["PUT faults"].body));
    return {};
  },
  "DELETE faults": ({ faults }, _url, _request, endpoint) => {
    faults.clear(endpointPath(endpoint));
    return {};
  },
  "GET messages": ({ world }, url) => {
    const name = url.searchParams.get("user");
    const appid = appOf(world, url);
    const openid = name === null ? null : world.user(appid, name).openid;
    return { items: world.messages.of(appid, openid) };
  },
  "GET calls": ({ calls }) => Object.fromEntries(calls),
};

const isControl = (name: string): name is ControlRouteName => Object.hasOwn(ANSWERS, name);

/** Answers a request under /sandbox/ with JSON. */
export async function handleControl(context: ControlContext, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [, , name = "", ...rest] = url.pathname.split("/");
  const route = `${request.method} ${name}`;
  if (!isControl(route)) {
    const known = Object.keys(ANSWERS)
      .map((key) => key.replace(" ", " /sandbox/"))
      .join(", ");
    return json(404, { error: `the sandbox has ${known}` });
  }
  try {
    return json(
      200,
      await ANSWERS[route](context, url, request, decodeURIComponent(rest.join("/"))),
    );
  } catch (error) {
    if (error instanceof ControlError || error instanceof URIError)
      return json(400, { error: error.message });
    throw error;
  }
}

const json = (status: number, value: unknown): Response =>
  new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });

function appOf(world: SandboxWorld, url: URL): string {
  const appid = url.searchParams.get("appid") ?? DEMO_APP.appid;
  if (world.apps.has(appid)) return appid;
  throw new ControlError(
    `no app ${excerpt(appid)} here: add it by POST /sandbox/apps {appid, secret}`,
  );
}

function userOf(world: SandboxWorld, url: URL, name = url.searchParams.get("user")): SandboxUser {
  const appid = appOf(world, url);
  if (!name) throw new ControlError("name a user, as in /sandbox/login?user=alice");
  return world.user(appid, name);
}

function endpointPath(endpoint: string): string {
  const path = `/${endpoint}`;
  if (!isWechatPath(path))
    throw new ControlError(
      `no endpoint ${excerpt(path)} here: there is ${Object.keys(WECHAT_ROUTES).join(", ")}`,
    );
  return path;
}

async function bodyOf<Schema extends TSchema>(
  request: Request,
  schema: Schema,
): Promise<Static<Schema>> {
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES)
    throw new ControlError(`the body is larger than ${MAX_BODY_BYTES} bytes`);
  const text = await request.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ControlError("the body is not JSON");
  }
  const [problem] = Value.Errors(schema, value);
  if (problem !== undefined)
    throw new ControlError(`${excerpt(problem.path || "the body")}: ${problem.message}`);
  return value as Static<Schema>;
}
