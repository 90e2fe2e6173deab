import { Type } from "@sinclair/typebox";
import { strict } from "../model.ts";

export const SessionKeyState = strict(
  { isCurrent: Type.Boolean({ description: "whether WeChat still knows the session_key" }) },
  { $id: "SessionKeyState", examples: [{ isCurrent: true }] },
);
