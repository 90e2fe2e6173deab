import type { SnippetFacts } from "./snippet.ts";

/** The two calls to waferd, which every framework of Node wraps. */
const callsOf = ({ appid, server }: SnippetFacts, type = ""): string =>
  `const WAFERD = "${server}/api/v1/sessions";
const ask = (path${type && ": string"}, body${type && ": object"}) =>
  fetch(WAFERD + path, { method: "POST", body: JSON.stringify(body) });

const logIn = (code${type && ": string"}) => ask("", { appid: "${appid}", code });
const verify = (id${type && ": string"}, skey${type && ": string"}) =>
  ask(\`/\${encodeURIComponent(id)}/verify\`, { skey, appid: "${appid}" });`;

export const expressCode = (facts: SnippetFacts): string => `// npm install express
import express from "express";

${callsOf(facts)}

const app = express();

app.post("/login", express.json(), async (req, res) => {
  const answer = await logIn(req.body.code);
  const { id, skey, expiresAt } = await answer.json();
  if (answer.ok) res.json({ id, skey, expiresAt });
  else res.sendStatus(answer.status === 401 ? 401 : 503);
});

async function withSession(req, res, next) {
  const [id, skey] = [req.get("X-Session-Id"), req.get("X-Session-Skey")];
  if (!id || !skey) return res.sendStatus(401);
  const answer = await verify(id, skey);
  if (!answer.ok) return res.sendStatus(answer.status === 401 ? 401 : 503);
  req.session = await answer.json();
  next();
}

app.get("/me", withSession, (req, res) => res.json({ openid: req.session.openid }));
app.listen(3000);
`;

export const koaCode = (
  facts: SnippetFacts,
): string => `// npm install koa @koa/router koa-bodyparser
import Router from "@koa/router";
import Koa from "koa";
import bodyParser from "koa-bodyparser";

${callsOf(facts)}

const router = new Router();

router.post("/login", async (ctx) => {
  const answer = await logIn(ctx.request.body.code);
  const { id, skey, expiresAt } = await answer.json();
  if (!answer.ok) ctx.throw(answer.status === 401 ? 401 : 503);
  ctx.body = { id, skey, expiresAt };
});

async function withSession(ctx, next) {
  const [id, skey] = [ctx.get("X-Session-Id"), ctx.get("X-Session-Skey")];
  if (!id || !skey) ctx.throw(401);
  const answer = await verify(id, skey);
  if (!answer.ok) ctx.throw(answer.status === 401 ? 401 : 503);
  ctx.state.session = await answer.json();
  await next();
}

router.get("/me", withSession, (ctx) => {
  ctx.body = { openid: ctx.state.session.openid };
});
new Koa().use(bodyParser()).use(router.routes()).listen(3000);
`;

export const nestCode = (facts: SnippetFacts): string => `import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Post,
  Req,
  UseGuards,
} from "@nestjs/common";

${callsOf(facts, "typed")}

const refuse = (status: number) => new HttpException("waferd", status === 401 ? 401 : 503);

@Injectable()
export class SessionGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const req = context.switchToHttp().getRequest();
    const [id, skey] = [req.headers["x-session-id"], req.headers["x-session-skey"]];
    if (!id || !skey) throw refuse(401);
    const answer = await verify(id, skey);
    if (!answer.ok) throw refuse(answer.status);
    req.session = await answer.json();
    return true;
  }
}

@Controller()
export class ShopController {
  @Post("login")
  async login(@Body("code") code: string) {
    const answer = await logIn(code);
    if (!answer.ok) throw refuse(answer.status);
    const { id, skey, expiresAt } = await answer.json();
    return { id, skey, expiresAt };
  }

  @Get("me")
  @UseGuards(SessionGuard)
  me(@Req() req: { session: { openid: string } }) {
    return { openid: req.session.openid };
  }
}
`;
