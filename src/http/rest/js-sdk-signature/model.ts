import { Type } from "@sinclair/typebox";
import { oneOf, strict } from "../model.ts";

const Url = Type.String({
  pattern: "^https?://[^/]",
  maxLength: 8192,
  description: "the page's address, with http or https; the part after a # does not count",
  examples: ["https://example.com/page?a=1"],
});

export const SignedPage = strict(
  { url: Url },
  { $id: "Page", examples: [{ url: "https://example.com/page?a=1" }] },
);

export const WorkPage = strict(
  {
    url: Url,
    for: oneOf(["config", "agentConfig"], { description: "the signed call of wx" }),
  },
  { $id: "WorkPage", examples: [{ url: "https://example.com/page?a=1", for: "config" }] },
);

export const JsSdkSignatureModel = strict(
  {
    appId: Type.String({ description: "the appid or the corpid" }),
    timestamp: Type.Integer({ description: "unix time in seconds, as wx.config wants it" }),
    nonceStr: Type.String(),
    signature: Type.String(),
  },
  {
    $id: "JsSdkSignature",
    description: "The arguments of wx.config or wx.agentConfig, by their names",
    examples: [
      {
        appId: "wx0000000000000de0",
        timestamp: 1_763_625_600,
        nonceStr: "0123456789abcdef",
        signature: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
      },
    ],
  },
);
