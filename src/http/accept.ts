/** Tells whether a client names a media type, in lower case, among those that it takes. */
export function takesType({ headers }: Request, type: string): boolean {
  const ranges = (headers.get("accept") ?? "").toLowerCase().split(",");
  return ranges.some((range) => {
    const [name, ...parameters] = range.split(";").map((part) => part.trim());
    // A weight of 0 refuses the type (RFC 9110, 12.4.2).
    return name === type && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
