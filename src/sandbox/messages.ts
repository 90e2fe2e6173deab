import { membersOf, ok, refuse, withToken } from "./answers.ts";

/** The forms of a template's values, by the letters of their names (`thing1`, `time2`). */
const FORMS: Readonly<Record<string, RegExp>> = {
  thing: /^[\s\S]{1,20}$/u,
  number: /^-?\d{1,32}(\.\d+)?$/,
  letter: /^[A-Za-z]{1,32}$/,
  symbol: /^[^\p{L}\p{N}]{1,5}$/u,
  character_string: /^[\x20-\x7e]{1,32}$/,
  time: /\d{1,2}:\d{2}/,
  date: /\d{4}\D\d{1,2}\D\d{1,2}/,
  amount: /^\D{0,2}\d{1,10}(\.\d+)?\D{0,2}$/,
  phone_number: /^[\d\s+()-]{1,17}$/,
  car_number: /^[\s\S]{1,8}$/u,
  name: /^(?:[\p{Script=Han}·]{1,10}|[A-Za-z\s.]{1,20})$/u,
  phrase: /^\p{Script=Han}{1,5}$/u,
  const: /^[\s\S]{1,20}$/u,
  enum: /^[\s\S]{1,20}$/u,
};

/** Returns the first name whose value does not have the form of its kind; null if all have. */
function wrongValue(data: Readonly<Record<string, unknown>>): string | null {
  for (const [name, member] of Object.entries(data)) {
    const { value } = Object(member) as { value?: unknown };
    const form = FORMS[name.replace(/\d+$/, "")];
    if (form === undefined || !form.test(String(value ?? ""))) return name;
  }
  return null;
}

/**
 * Plays POST /cgi-bin/message/subscribe/send. Each user accepts every template until
 * `PUT /sandbox/users/<name> {"refusesMessages": true}`.
 */
export const sendSubscribeMessage = withToken((world, appid, { body }) => {
  const { touser, template_id: templateId, page, data } = membersOf(body);
  const user = typeof touser === "string" ? world.findUser(appid, touser) : null;
  if (user === null) return refuse(world, 40003);
  if (typeof templateId !== "string" || templateId === "") return refuse(world, 40037);
  if (page !== undefined && (typeof page !== "string" || page.startsWith("/")))
    return refuse(world, 41030);
  if (typeof data !== "object" || data === null) return refuse(world, 47001);
  const values = data as Record<string, { value: unknown }>;
  const wrong = wrongValue(values);
  if (wrong !== null) return refuse(world, 47003, `argument invalid! data.${wrong}.value invalid`);
  if (user.refusesMessages) return refuse(world, 43101);
  world.messages.add({
    appid,
    openid: user.openid,
    templateId,
    page: page === undefined ? null : page,
    data: Object.fromEntries(
      Object.entries(values).map(([name, { value }]) => [name, String(value)]),
    ),
    sentAt: new Date(world.now()).toISOString(),
  });
  return ok({ msgid: world.nextMessageId() });
});
