import { listenError } from "./listen-error.ts";

export const ADDRESS_ADVICE = "Choose another address by --host and --port";

/**
 * Makes sure that nobody listens on an address. Of servers that share a port none would notice: a second waferd would take
 * half of the first one's connections.
 *
 * @param port 0 always takes a free one
 * @throws StartError
 */
export async function refuseTakenAddress(host: string, port: number): Promise<void> {
  if (port === 0) return;
  try {
    const probe = Bun.serve({ hostname: host, port, reusePort: false, fetch: () => new Response() });
    await probe.stop(true);
  } catch (cause) {
    throw listenError(cause, { host, port }, ADDRESS_ADVICE);
  }
}
