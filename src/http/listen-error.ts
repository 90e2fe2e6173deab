import { StartError } from "../core/errors.ts";

/** The meaning of the system's codes for the person who chose the address. */
const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTCONN: "there is no such address",
  EACCES: "this user may not; ports below 1024 are root's",
};

export const ADDRESS_ADVICE = "Choose another address by --host and --port";
export const METRICS_ADVICE = "Choose another place by --metrics";

/** Tells whether listening failed because of the address. */
export const isAddressError = (cause: unknown): boolean =>
  ((cause as NodeJS.ErrnoException).code ?? "") in LISTEN_ERRORS;

/** Returns the error that ends the start when nothing can listen on an address. */
export function listenError(
  cause: unknown,
  { host, port }: { host: string; port: number },
  advice: string,
): StartError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  return new StartError(
    `cannot listen on ${host}:${port}: ${LISTEN_ERRORS[code] ?? message}. ${advice}`,
    {
      cause,
    },
  );
}
