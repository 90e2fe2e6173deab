import { Type } from "@sinclair/typebox";
import { oneOf, strict } from "../model.ts";

const Url = Type.String({
  pattern: "^https?://[^/]",
  maxLength: 8192,
  description: "the page's address, with http or https; what follows a # does not count",
  examples: ["https://example.com/page?a=1"],
});

export const Page = strict(
  { url: Url },
  { $id: "Page", examples: [{ url: "https://example.com/page?a=1" }] },
);

export const WorkPage = strict(
  {
    url: Url,
    for: oneOf(["config", "agentConfig"], { description: "the call of wx that it is for" }),
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
    description: "What a page hands to wx.config or wx.agentConfig, under its names",
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
