import { expect, test } from "bun:test";
import { sampleServiceKey } from "../../../test/conformance/samples.ts";
import { openScenario } from "../../../test/harness/scenario.ts";
import type { Caller } from "../../core/access/access.ts";
import {
  type Capability,
  capabilityNames,
  SERVICE_KEY_PREFIX,
} from "../../core/access/service-key.ts";
import { agentName } from "../../core/apps/work-agent.ts";
import { Failure } from "../../core/errors.ts";
import { OWN_PROCESS } from "../../core/limits/client.ts";
import { sha256 } from "../../crypto/digest.ts";
import { rejectionOf } from "./codes.ts";
import type { Success } from "./interface.ts";
import { INTERFACES, type InterfaceDescriptor } from "./interfaces.ts";
import { MEMBER_KINDS } from "./members.ts";

const STRANGER: Caller = { key: null, address: "203.0.113.7", isLocal: false, isTrusted: false };
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
      ...{ caller: () => STRANGER, client: async () => OWN_PROCESS },
    });
    const isRefused = outcome instanceof Failure && outcome.code === "keyRequired";
    expect(isRefused).toBe(descriptor.caller !== "anyone");
  },
);

/** Whether an outcome is the refusal of a key that is not good for the call. */
const isKeyRefused = (outcome: Success | Failure, { failures }: InterfaceDescriptor): boolean =>
  outcome instanceof Failure && rejectionOf(outcome, failures).returnMessage === "KEY_REQUIRED";

test.each<InterfaceDescriptor>([...INTERFACES].filter(({ caller }) => caller !== "anyone"))(
  "$name accepts a service key with each capability exactly when it is the descriptor's caller",
  async (descriptor) => {
    await using scenario = await openScenario();
    const para = exampleOf(descriptor);
    const { appid = null, corpid = "", agentid = "" } = para;
    const key = `${SERVICE_KEY_PREFIX}${"0".repeat(64)}`;
    const isAccepted = async (capabilities: readonly Capability[]): Promise<boolean> => {
      await scenario.store.serviceKeys.create(
        sampleServiceKey(1, {
          ...{ keyHash: sha256(key), capabilities, expiresAt: null },
          apps: [appid ?? agentName(corpid, agentid)],
        }),
      );
      const outcome = await descriptor.run(scenario.core, {
        ...{ appid, para, requestId: "r1" },
        caller: () => ({ ...STRANGER, key }),
        client: async () => OWN_PROCESS,
      });
      return !isKeyRefused(outcome, descriptor);
    };
    const accepted: Capability[] = [];
    for (const one of capabilityNames) if (await isAccepted([one])) accepted.push(one);
    expect(accepted).toEqual(capabilityNames.filter((one) => one === descriptor.caller));
    const others = capabilityNames.filter((one) => one !== descriptor.caller);
    expect(await isAccepted(others)).toBe(false);
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
        client: async () => OWN_PROCESS,
      });
      const code = outcome instanceof Failure ? outcome.code : "success";
      expect([member, code]).toEqual([
        member,
        expect.stringMatching(/^(badParameter|cosParameterMissing)$/),
      ]);
    }
  },
);
