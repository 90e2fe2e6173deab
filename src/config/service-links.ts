/** Ends of the variables that Kubernetes and Docker make for a service, behind its name. */
const LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|ENV_\w+)$/;
const PLACE = /^(tcp|udp|sctp):\/\//;

/**
 * Tells whether a variable describes a service to its neighbours, such as `WAFERD_PORT` or, for a
 * service `waferd-redis`, `WAFERD_REDIS_PORT`. Kubernetes gives them to every pod of the namespace,
 * and Docker to every container with a link.
 */
export const isServiceLink = (name: string, value: string): boolean =>
  LINK.test(name) ||
  (name.endsWith("_PORT") && PLACE.test(value)) ||
  (name.endsWith("_NAME") && /^\/[\w.-]+\/[\w.-]+$/.test(value));
