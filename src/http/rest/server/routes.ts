import { Elysia } from "elysia";
import { type RestOptions, restContext } from "../context.ts";
import { guards } from "../guard.ts";
import { type ServerFacts, ServerModel, toServerModel } from "./model.ts";

/** Routes of the server itself. */
export function serverRoutes(options: RestOptions & { facts: ServerFacts }) {
  const { admin } = guards(options.core, "server");
  return new Elysia({ prefix: "/server" }).use(restContext(options)).get(
    "",
    () => toServerModel(options.facts),
    admin({
      response: { 200: ServerModel },
      detail: {
        summary: "Read the server's state",
        description: "Returns its version, its data, its start, and the processes that serve.",
      },
    }),
  );
}
