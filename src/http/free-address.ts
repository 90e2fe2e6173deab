import { listenError } from "./listen-error.ts";

/**
 * Makes sure that nobody listens on an address. Of servers that share a port none would notice: a
 * second waferd would take half of the first one's connections.
 *
 * @param address port 0 always takes a free one
 * @param advice what to do about it, for people
 * @throws StartError
 */
export async function refuseTakenAddress(
  { host, port }: { host: string; port: number },
  advice: string,
): Promise<void> {
  if (port === 0) return;
  try {
    const probe = Bun.serve({
      hostname: host,
      port,
      reusePort: false,
      fetch: () => new Response(),
    });
    await probe.stop(true);
  } catch (cause) {
    throw listenError(cause, { host, port }, advice);
  }
}
