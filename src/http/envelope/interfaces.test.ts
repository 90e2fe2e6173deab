import { expect, test } from "bun:test";
import { openScenario } from "../../../test/harness/scenario.ts";
import type { Caller } from "../../core/access/access.ts";
import { Failure } from "../../core/errors.ts";
import { INTERFACES, type InterfaceDescriptor } from "./interfaces.ts";
import { MEMBER_KINDS } from "./members.ts";

const STRANGER: Caller = { key: null, isLocal: false, isTrusted: false };
const exampleOf = ({ para }: InterfaceDescriptor) =>
  Object.fromEntries(
    Object.entries(para).map(([name, { kind, example }]) => [
      name,
      example ?? MEMBER_KINDS[kind].example ?? "x",
    ]),
  );

test("INTERFACES has no name twice", () => {
  expect(new Set(INTERFACES.map(({ name }) => name)).size).toBe(INTERFACES.length);
});

test.each<InterfaceDescriptor>([...INTERFACES])(
  "$name refuses a caller without a key exactly when its descriptor needs a key",
  async (descriptor) => {
    await using scenario = await openScenario();
    const para = exampleOf(descriptor);
    const outcome = await descriptor.run(scenario.core, {
      appid: para["appid"] ?? null,
      para,
      requestId: "r1",
      caller: () => STRANGER,
    });
    const isRefused = outcome instanceof Failure && outcome.code === "keyRequired";
    expect(isRefused).toBe(descriptor.caller !== "anyone");
  },
);

test.each<InterfaceDescriptor>([...INTERFACES])(
  "$name asks for each required member of its descriptor",
  async (descriptor) => {
    await using scenario = await openScenario();
    for (const [member, { isOptional }] of Object.entries(descriptor.para)) {
      if (isOptional) continue;
      const { [member]: _left, ...para } = exampleOf(descriptor);
      const outcome = await descriptor.run(scenario.core, {
        appid: para["appid"] ?? null,
        para,
        requestId: "r1",
        caller: () => ({ ...STRANGER, isTrusted: true }),
      });
      const code = outcome instanceof Failure ? outcome.code : "success";
      expect([member, code]).toEqual([
        member,
        expect.stringMatching(/^(badParameter|cosParameterMissing)$/),
      ]);
    }
  },
);
