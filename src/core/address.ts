/** An address without its password, for people. */
export const maskAddress = (address: string): string =>
  address.replace(/^([a-z]+:\/\/[^/@:]*:)[^@]*@/, "$1***@");
