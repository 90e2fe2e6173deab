/** Elysia's Eden client, typed against the routes: this file has to type-check. */
import { expect, test } from "bun:test";
import { treaty } from "@elysiajs/eden";
import type { RestApp } from "../../src/http/rest/routes.ts";
import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";

test("Eden's client registers an app, logs a user in and verifies the session, with types", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const { api } = treaty<RestApp>(waferd.url, {
    headers: { authorization: `Bearer ${waferd.adminKey}` },
  });

  const app = await api.v1.apps.post({ appid: "wx-eden", secret: "the-secret-of-eden" });
  const title: string | undefined = app.data?.title;
  expect(title).toBe("");
  // @ts-expect-error: a secret is required
  const refused = await api.v1.apps.post({ appid: "wx-eden" });
  const pointers: string[] | undefined = refused.error?.value.errors?.map(({ pointer }) => pointer);
  expect(pointers).toEqual(["/secret"]);

  const given = await fetch(`${waferd.url}/sandbox/login?user=alice`);
  const { code } = (await given.json()) as { code: string };
  const login = await api.v1.sessions.post({ code });
  if (login.data === null) throw new Error(login.error.value.code);
  const { id, skey } = login.data;
  noteSecret(skey);
  const isNew: boolean = login.data.isNew;
  expect(isNew).toBe(true);

  const session = await api.v1.sessions({ id }).verify.post({ skey });
  const seconds: number | undefined = session.data?.durationSeconds;
  expect(seconds).toBeGreaterThan(2_591_000);
  // @ts-expect-error: an answer has no secret
  expect(session.data?.skey).toBeUndefined();
});
