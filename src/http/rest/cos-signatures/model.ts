import { Type } from "@sinclair/typebox";
import { oneOf, strict, Timestamp } from "../model.ts";

const account = {
  secretId: Type.String({
    minLength: 1,
    maxLength: 200,
    description: "of the Tencent Cloud account",
  }),
  secretKey: Type.String({
    minLength: 1,
    maxLength: 200,
    description: "the secret of that account; it is not stored",
  }),
};

const SECRET_ID = "AKIDUfLUEUigQiXqm7CVSspKJnuaiIKtxqAv";
const SECRET_KEY = "the-secret-key-of-your-account";

const Texts = Type.Record(Type.String(), Type.String());

export const CosRequest = strict(
  {
    ...account,
    method: oneOf(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"]),
    path: Type.String({
      pattern: "^/",
      maxLength: 2048,
      description: "the path, not percent-encoded, with its leading /",
    }),
    parameters: Type.Optional(Texts),
    headers: Type.Optional(Texts),
    startsAt: Type.Optional(Timestamp),
    expiresAt: Type.Optional(Timestamp),
  },
  {
    $id: "CosRequest",
    description: "A request to COS's XML API. The signature is valid for 15 minutes by default",
    examples: [
      {
        secretId: SECRET_ID,
        secretKey: SECRET_KEY,
        method: "PUT",
        path: "/exampleobject",
        headers: { host: "examplebucket-1250000000.cos.ap-beijing.myqcloud.com" },
      },
    ],
  },
);

export const CosSignature = strict(
  {
    signature: Type.String({ description: "the value of the request's Authorization header" }),
    startsAt: Timestamp,
    expiresAt: Timestamp,
  },
  {
    $id: "CosSignature",
    examples: [
      {
        signature: `q-sign-algorithm=sha1&q-ak=${SECRET_ID}&q-sign-time=1763625600;1763626500&q-key-time=1763625600;1763626500&q-header-list=host&q-url-param-list=&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172`,
        startsAt: "2026-11-20T08:00:00.000Z",
        expiresAt: "2026-11-20T08:15:00.000Z",
      },
    ],
  },
);

export const CosLegacyRequest = strict(
  {
    ...account,
    appid: Type.String({
      pattern: "^[A-Za-z0-9_-]{1,200}$",
      description: "COS's number of the account, not a mini program's appid",
    }),
    bucket: Type.String({ minLength: 1, maxLength: 200 }),
    expiresAt: Type.Optional(Timestamp),
    path: Type.Optional(
      Type.String({ minLength: 1, maxLength: 2048, description: "not percent-encoded" }),
    ),
  },
  {
    $id: "CosLegacyRequest",
    description:
      "With expiresAt, the signature is reusable until then, for one path or the whole bucket; without it, the signature is for a single request, which needs a path",
    examples: [
      {
        secretId: SECRET_ID,
        secretKey: SECRET_KEY,
        appid: "200001",
        bucket: "newbucket",
        expiresAt: "2026-11-20T09:00:00Z",
      },
    ],
  },
);

export const CosLegacySignature = strict(
  { signature: Type.String() },
  {
    $id: "CosLegacySignature",
    examples: [{ signature: "wHgvVkXpcZ3d+G0rOkAJml3R5NdhPTIwMDAwMQ==" }],
  },
);
