import { isPara, type Para } from "../envelope/para.ts";

/** The members that the calls have. A form can name tens of thousands, each of which costs time. */
const MEMBERS = ["code", "encrypt_data", "iv", "app_id", "uuid", "skey"];

/**
 * The members of a body, in JSON or as a form, whichever it is: clients' content types are not to
 * be relied on.
 *
 * @param body null when it was too large to be read
 * @returns null when it is neither
 */
export function parseMinaBody(body: string | null): Para | null {
  if (body === null) return null;
  try {
    const value: unknown = JSON.parse(body);
    return isPara(value) ? value : null;
  } catch {
    const form = new URLSearchParams(body);
    if (form.size === 0) return null;
    return Object.fromEntries(MEMBERS.map((member) => [member, form.getAll(member).at(-1)]));
  }
}
