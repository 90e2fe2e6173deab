const text = { type: "string" };

/** The sandbox's paths in the document, so that a page can play the mini program. */
export const sandboxPaths = {
  "/sandbox/login": {
    get: {
      tags: ["sandbox"],
      operationId: "sandboxLogin",
      summary: "Play the mini program: wx.login and wx.getUserInfo of a simulated user",
      description: "The code is good for one login, for five minutes.",
      security: [],
      parameters: [
        {
          in: "query",
          name: "user",
          required: true,
          schema: { ...text, minLength: 1 },
          example: "alice",
        },
        { in: "query", name: "appid", schema: text, example: "wx0000000000000de0" },
      ],
      responses: {
        200: {
          description: "OK",
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["code", "encryptedData", "iv", "rawData", "signature"],
                properties: {
                  code: text,
                  encryptedData: text,
                  iv: text,
                  rawData: text,
                  signature: text,
                  userInfo: { type: "object" },
                },
              },
            },
          },
        },
        400: {
          description: "The reason, in `error`",
          content: {
            "application/json": {
              schema: { type: "object", required: ["error"], properties: { error: text } },
            },
          },
        },
      },
    },
  },
};
