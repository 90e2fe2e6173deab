import fc from "fast-check";
import { INTERFACES, type InterfaceDescriptor } from "../../src/http/envelope/interfaces.ts";
import { MEMBER_KINDS, type MemberKind } from "../../src/http/envelope/members.ts";

/** Values of some kinds that lead somewhere. */
export type KnownValues = Partial<Record<MemberKind, string>>;

/**
 * Returns random requests of the envelope: of every interface of the list, with the members that it
 * takes, some of them left out or strange; of unknown interfaces; and of no form at all.
 *
 * @param strange values for a member, an appid, a name or `para`
 */
export function envelopes(
  known: KnownValues,
  strange: fc.Arbitrary<unknown>,
): fc.Arbitrary<{ interface: unknown }> {
  const calls = INTERFACES.map((descriptor) => callsOf(descriptor, known, strange));
  const anyCall = fc.record(
    {
      interfaceName: strange,
      appid: strange,
      para: fc.oneof(fc.dictionary(fc.string(), strange), strange),
    },
    { requiredKeys: [] },
  );
  return fc
    .oneof({ weight: 6, arbitrary: fc.oneof(...calls) }, { weight: 1, arbitrary: anyCall })
    .map((called) => ({ interface: called }));
}

function callsOf(
  { name, para }: InterfaceDescriptor,
  known: KnownValues,
  strange: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const members = Object.entries(para).map(([member, { kind, example }]) => {
    const good = fc.constant(known[kind] ?? example ?? MEMBER_KINDS[kind].example ?? "");
    return [
      member,
      fc.oneof({ weight: 3, arbitrary: good as fc.Arbitrary<unknown> }, strange),
    ] as const;
  });
  return fc.record(
    {
      interfaceName: fc.constant(name),
      appid: strange,
      para: fc.oneof(
        { weight: 6, arbitrary: fc.record(Object.fromEntries(members), { requiredKeys: [] }) },
        { weight: 1, arbitrary: strange },
      ),
    },
    { requiredKeys: ["interfaceName"] },
  );
}
