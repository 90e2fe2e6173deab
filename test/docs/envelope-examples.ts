import { INTERFACES, type InterfaceDescriptor } from "../../src/http/envelope/interfaces.ts";
import type { MemberKind } from "../../src/http/envelope/members.ts";
import { noteSecret } from "../harness/secrets.ts";
import { type EnvelopeAnswer, Waferd } from "../harness/waferd.ts";
import { isByChance } from "./examples.ts";

/** A request to an interface and its answer, as the OpenAPI document shows them. */
export interface Exchange {
  interfaceName: string;
  request: object;
  answer: EnvelopeAnswer;
}

/** The values that only a mini program can make, and its last session. */
type Made = Partial<Record<MemberKind, string | undefined>>;

/**
 * Calls every interface of a new sandbox of the executable, in the order of the list, and returns
 * the exchanges.
 */
export async function recordExchanges(): Promise<Exchange[]> {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const exchanges: Exchange[] = [];
  let made: Made = {};
  for (const descriptor of INTERFACES) {
    const { name: interfaceName } = descriptor;
    // A code works once.
    if (takes(descriptor, "code")) made = { ...made, ...(await logIn(waferd)) };
    const para = paraOf(descriptor, made);
    const answer = await waferd.call(interfaceName, para, { key: waferd.adminKey });
    const { id, skey } = answer.returnData ?? {};
    if (takes(descriptor, "code")) made = { ...made, sessionId: id, skey };
    exchanges.push({
      interfaceName,
      request: { version: 1, componentName: "MA", interface: { interfaceName, para } },
      answer,
    });
  }
  return exchanges;
}

/** Returns exchanges; those that differ from known ones only by chance stay as they are known. */
export const withKnown = (exchanges: readonly Exchange[], known: readonly Exchange[]): Exchange[] =>
  exchanges.map((fresh) => {
    const old = known.find(({ interfaceName }) => interfaceName === fresh.interfaceName);
    return old !== undefined && isByChance(textOf(old), textOf(fresh)) ? old : fresh;
  });

const textOf = (exchange: Exchange): string => JSON.stringify(exchange, null, 2);

const takes = ({ para }: InterfaceDescriptor, kind: MemberKind): boolean =>
  Object.values(para).some((member) => member.kind === kind);

/** Returns what the sandbox's mini program has after wx.login and wx.getUserInfo. */
async function logIn(waferd: Waferd): Promise<Made> {
  const login = await fetch(`${waferd.url}/sandbox/login?user=alice`);
  const { code, encryptedData, iv } = (await login.json()) as Record<string, string>;
  noteSecret(code);
  return { code, encryptedData, iv };
}

/**
 * Returns the members of an example: those with a value of their own, and those that the mini
 * program made.
 */
function paraOf({ para }: InterfaceDescriptor, made: Made): Record<string, string> {
  const members = Object.entries(para).map(([name, { kind, example }]) => [
    name,
    example ?? made[kind],
  ]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}
