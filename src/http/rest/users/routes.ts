import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { Refusal } from "../problem.ts";
import { searchPageOf, toUsersModel, UsersModel, UsersQuery, userQueryOf } from "./model.ts";

/** Routes of users, for administrators. */
export function userRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "sessions");
  return new Elysia({ prefix: "/users" }).use(restContext(options)).get(
    "",
    async ({ query }) => {
      const wanted = userQueryOf(query);
      if (wanted === null) throw new Refusal("badParameter", ONE_WAY);
      const page = searchPageOf(query);
      return toUsersModel(unwrap(await core.userSearch.find(wanted, query.app ?? null, page)));
    },
    admin({
      query: UsersQuery,
      response: { 200: UsersModel, ...problems("appNotFound") },
      detail: { text: "findUsers" },
    }),
  );
}

const ONE_WAY = {
  errors: [
    {
      in: "query",
      pointer: "",
      detail: "must have one of openid, unionid, session and nickname",
    },
  ],
} as const;
