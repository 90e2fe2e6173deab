import { expect, test } from "bun:test";
import { addressSeen } from "./wechat-refusal.ts";

test.each([
  {
    errmsg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1-2",
    address: "203.0.113.7",
  },
  {
    errmsg: "not allow to access from your ip, from ip: 203.0.113.8, more",
    address: "203.0.113.8",
  },
  { errmsg: "invalid ip 2001:db8::7, not in whitelist", address: "2001:db8::7" },
  { errmsg: "invalid appsecret rid: 1-2", address: null },
  { errmsg: "invalid ip address of 1.2.3.4", address: null },
  { errmsg: `invalid ip ${"1.".repeat(100)}`, address: null },
])("addressSeen() of $errmsg is $address", ({ errmsg, address }) => {
  expect(addressSeen({ errmsg })).toBe(address);
});
