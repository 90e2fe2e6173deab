// @ts-nocheck: CommonJS, as the SDK is, which has no types.
/**
 * A mini program's business server as Tencent's documentation builds it: Express and
 * qcloud-weapp-server-sdk.
 */
const { createServer } = require("node:http");
const express = require("express");
const qcloud = require("qcloud-weapp-server-sdk");

qcloud.config({
  ServerHost: "127.0.0.1",
  AuthServerUrl: process.env.AUTH_SERVER_URL,
  TunnelServerUrl: "http://127.0.0.1:1",
  TunnelSignatureKey: "unused",
  NetworkTimeout: 5000,
});

const app = express();
app.get("/login", (request, response) => {
  qcloud.LoginService.create(request, response)
    .login()
    .catch(() => undefined);
});
app.get("/me", async (request, response) => {
  try {
    const { userInfo } = await qcloud.LoginService.create(request, response).check();
    response.json({ hello: userInfo.nickName, openId: userInfo.openId });
  } catch {
    // The SDK has answered.
  }
});

const server = createServer(app);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
