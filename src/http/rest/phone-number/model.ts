import { Type } from "@sinclair/typebox";
import { Openid, strict } from "../model.ts";

export const PhoneNumberRequest = strict(
  {
    code: Type.String({
      minLength: 1,
      maxLength: 512,
      description: "the code of a button with open-type getPhoneNumber, not of wx.login",
    }),
    openid: Type.Optional(Openid),
  },
  {
    $id: "PhoneNumberRequest",
    examples: [{ code: "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144" }],
  },
);

export const PhoneNumberModel = strict(
  {
    phoneNumber: Type.String({
      description: "with the country's code when it is a foreign number",
    }),
    purePhoneNumber: Type.String(),
    countryCode: Type.String(),
  },
  {
    $id: "PhoneNumber",
    examples: [{ phoneNumber: "13800138000", purePhoneNumber: "13800138000", countryCode: "86" }],
  },
);
