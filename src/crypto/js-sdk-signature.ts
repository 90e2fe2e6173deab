/** The values that a wx.config or wx.agentConfig call is signed over. */
export interface JsSdkText {
  ticket: string;
  nonceStr: string;
  /** Unix time in seconds. */
  timestamp: number;
  /** The page's address; the part after a `#` is left out. */
  url: string;
}

/**
 * Signs a page: hex SHA-1 of the raw values in their fixed order
 * (docs/protocol-reference.md#js-sdk-signature, the JS-SDK page of WeChat and WeCom).
 */
export function signJsSdk({ ticket, nonceStr, timestamp, url }: JsSdkText): string {
  const page = url.split("#")[0];
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`;
  return new Bun.CryptoHasher("sha1").update(text).digest("hex");
}
