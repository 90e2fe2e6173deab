import { Type } from "@sinclair/typebox";
import { strict } from "../model.ts";

export const SessionKeyState = strict(
  {
    isCurrent: Type.Boolean({
      description: "whether the session_key is still the user's current one",
    }),
  },
  { $id: "SessionKeyState", examples: [{ isCurrent: true }] },
);
