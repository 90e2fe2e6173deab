/** Returns an address without its password, for messages; also one that is not well-formed. */
export const maskAddress = (address: string): string =>
  address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):.*@/is, "$1:***@");
