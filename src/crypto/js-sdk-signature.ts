/** What a page's wx.config or wx.agentConfig call is signed over. */
export interface JsSdkText {
  ticket: string;
  nonceStr: string;
  /** Unix time in seconds. */
  timestamp: number;
  /** The page's address; what follows a `#` is left out. */
  url: string;
}

/** Hex SHA-1 of the raw values in their fixed order (PROTOCOL section 5.3, the JS-SDK page of WeChat and WeCom). */
export function signJsSdk({ ticket, nonceStr, timestamp, url }: JsSdkText): string {
  const page = url.split("#")[0];
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`;
  return new Bun.CryptoHasher("sha1").update(text).digest("hex");
}
