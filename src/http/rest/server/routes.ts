import { Elysia } from "elysia";
import { type RestOptions, restContext } from "../context.ts";
import { guards } from "../guard.ts";
import { type ServerFacts, ServerModel, toServerModel } from "./model.ts";

/** The server itself. */
export function serverRoutes(options: RestOptions & { facts: ServerFacts }) {
  const { admin } = guards(options.core, "server");
  return new Elysia({ prefix: "/server" }).use(restContext(options)).get(
    "",
    () => toServerModel(options.facts),
    admin({
      response: { 200: ServerModel },
      detail: {
        summary: "Tell which server this is",
        description: "Its version, its data, since when it runs, and the processes that serve.",
      },
    }),
  );
}
