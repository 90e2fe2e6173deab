/** A zone without summer time: minutes east of UTC. */
export type ZoneMinutes = number;

const ZONE_FORM = /^([+-])(0\d|1[0-4]):([0-5]\d)$/;
export const ZONE_WORDS = "an offset such as +08:00";

/** Returns the minutes in `+08:00`, or null for a text of another form. */
export function parseZone(text: string): ZoneMinutes | null {
  const [, sign, hours, minutes] = ZONE_FORM.exec(text) ?? [];
  if (sign === undefined) return null;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
