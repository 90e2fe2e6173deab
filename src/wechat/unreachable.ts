const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;

/** Upper bounds of a call, in seconds. */
export interface TimeLimits {
  connectTimeoutSeconds: number;
  timeoutSeconds: number;
}

/**
 * Returns why a server cannot be reached, for administrators, such as `api.weixin.qq.com: name not
 * found (ENOTFOUND)`.
 *
 * @param host the server, or the proxy on the way to it
 */
export function unreachableReason(host: string, error: unknown, limits: TimeLimits): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { code, name, message } = first as NodeJS.ErrnoException;
  const of = typeof code === "string" ? code : name;
  return `${host}: ${reasonOf(of, message, limits)}`;
}

function reasonOf(
  code: string,
  message: string,
  { connectTimeoutSeconds, timeoutSeconds }: TimeLimits,
): string {
  if (/ENOTFOUND|EAI_/.test(code)) return `name not found (${code})`;
  if (TLS_CODE.test(code)) return `its certificate is not trusted (${code})`;
  if (code === "ECONNREFUSED") return "connection refused";
  if (/EHOSTUNREACH|ENETUNREACH/.test(code)) return `no way to it (${code})`;
  if (/CONNECT_TIMEOUT|ETIMEDOUT/.test(code))
    return `no connection within ${connectTimeoutSeconds} s (wechat.connect_timeout)`;
  if (code === "TimeoutError" || code.includes("TIMEOUT"))
    return `no answer within ${timeoutSeconds} s (wechat.timeout)`;
  if (code === "ECONNRESET" || code === "UND_ERR_SOCKET") return "the connection was closed";
  return message;
}
