/**
 * Stands for WeChat when the gateway is measured: gives tokens, and answers everything else with a
 * short JSON. Arguments: the port to share, or 0. Prints its port.
 */
const [, , port = "0"] = process.argv;

const json = (value: object): Response => Response.json(value);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  reusePort: true,
  development: false,
  fetch: ({ url }) =>
    url.includes("/cgi-bin/stable_token")
      ? json({ access_token: "a-token-of-the-upstream", expires_in: 7200 })
      : json({ errcode: 0, errmsg: "ok", ip_list: ["127.0.0.1", "127.0.0.2"] }),
});
console.log(server.port);
