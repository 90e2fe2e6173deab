import { MAX_CODE_LENGTH } from "../../core/sessions/login-request.ts";

/** A kind of values that a member of `para` may hold. */
export interface MemberKindDescriptor {
  /** For the OpenAPI document. */
  description: string;
  /** A JSON Schema that honest values match; a text that is not empty without it. */
  schema?: object;
  /** A value for the documentation; null where the example's mini program has to make it. */
  example: string | null;
}

/** The kinds of members. Documentation, examples and random requests are made from them. */
export const MEMBER_KINDS = {
  code: {
    description: "from wx.login; it works once",
    schema: { type: "string", minLength: 1, maxLength: MAX_CODE_LENGTH },
    example: null,
  },
  encryptedData: { description: "Base64, as the mini program got it", example: null },
  iv: {
    description: "Base64 of 16 bytes; without it the scheme of before 2016 is meant",
    example: null,
  },
  userInfo: {
    description:
      "the profile in clear, as an object or its JSON text, instead of encrypt_data and iv: the user's own word",
    schema: { type: ["object", "string"] },
    example: null,
  },
  sessionId: { description: "the session's id", example: null },
  skey: { description: "the session's secret", example: null },
  appid: {
    description: "here or in interface; without it the default app, or the session's",
    example: "wx0000000000000de0",
  },
  appSecret: { description: "the AppSecret", example: "the-app-secret-of-this-app" },
  corpid: { description: "a WeCom corp", example: "ww0000000000000de0" },
  agentid: { description: "an agent of the corp", example: "1000002" },
  agentSecret: { description: "the agent's secret", example: "sandbox-demo-agent-secret" },
  ticketType: { description: "a type of tickets; `jsapi` without it", example: "jsapi" },
  flag: {
    description: "renews the value even if it is still valid; anything else means false",
    schema: { enum: [true, "true", 1, "1"] },
    example: "true",
  },
  text: { description: "any text", example: "text" },
  unused: {
    description: "has to be present, may be empty, and is neither used nor kept",
    schema: { type: "string" },
    example: "",
  },
  cosAccount: { description: "the COS account's appid", example: "200001" },
  cosSecretId: {
    description: "the account's SecretId",
    example: "AKIDUfLUEUigQiXqm7CVSspKJnuaiIKtxqAv",
  },
  cosSecretKey: {
    description: "the account's SecretKey",
    example: "the-secret-key-of-the-account",
  },
  cosBucket: { description: "a bucket", example: "newbucket" },
  cosPath: {
    description: "a file in the bucket; the bucket's root without it",
    example: "/folder/file.txt",
  },
  unixTime: {
    description: "Unix time in seconds",
    schema: { type: "string", pattern: "^[0-9]{1,15}$" },
    example: "1900000000",
  },
} as const satisfies Record<string, MemberKindDescriptor>;

export type MemberKind = keyof typeof MEMBER_KINDS;

/** A member of an interface's `para`. */
export interface Member {
  kind: MemberKind;
  isOptional: boolean;
  /**
   * A value for the documentation in place of the kind's; an optional member is shown only with
   * one.
   */
  example: string | null;
}

/** Describes a member that a call has to have. */
export const required = (
  kind: MemberKind,
  example: string | null = MEMBER_KINDS[kind].example,
): Member => ({ kind, isOptional: false, example });

/** Describes a member that a call may leave out. */
export const optional = (kind: MemberKind, example: string | null = null): Member => ({
  kind,
  isOptional: true,
  example,
});
