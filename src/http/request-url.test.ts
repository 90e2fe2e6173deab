import { expect, test } from "bun:test";
import { pathOf, urlMender } from "./request-url.ts";

/** Returns a request whose URL is what Bun makes of a Host and a request target. */
function requestOf(url: string): Request {
  const request = new Request("http://localhost/");
  Object.defineProperty(request, "url", { value: url, configurable: true });
  return request;
}

test.each([
  { name: "a host", url: "http://waferd/a/b?c", mended: "http://waferd/a/b?c" },
  { name: "a host of one character", url: "http://w/a", mended: "http://w/a" },
  { name: "no host", url: "/a/b/healthz?c", mended: "http://host.invalid/a/b/healthz?c" },
  { name: "no host, and dots", url: "/a/../healthz", mended: "http://host.invalid/healthz" },
  { name: "no host, and two slashes", url: "//a/b", mended: "http://host.invalid//a/b" },
  { name: "an authority", url: "waferd:443", mended: "http://host.invalid/waferd%3A443" },
  { name: "an empty target", url: "", mended: "http://host.invalid/" },
  { name: "an escape", url: "http://%2f/a/b?c", mended: "http://host.invalid/a/b?c" },
  { name: "a large port", url: "http://a:99999/a", mended: "http://host.invalid/a" },
  { name: "no name but a port", url: "http://:80/a", mended: "http://host.invalid/a" },
  { name: "an address", url: "[::1]:443", mended: "http://host.invalid/%5B%3A%3A1%5D%3A443" },
])("the URL of a request with $name is mended", ({ url, mended }) => {
  const request = requestOf(url);
  urlMender("http")(request);
  expect(request.url).toBe(mended);
});

test.each([
  { name: "three characters", url: "https://abc/a/b", mended: "https://abc/a/b" },
  { name: "two characters", url: "https://ab/a/b", mended: "https://host.invalid/a/b" },
  { name: "one character", url: "https://a/b?c=/d", mended: "https://host.invalid/b?c=/d" },
  { name: "no character", url: "/b?c", mended: "https://host.invalid/b?c" },
  { name: "a colon", url: "https://:/a/b?c", mended: "https://host.invalid/a/b?c" },
])("the URL of a request by TLS to a host of $name is mended", ({ url, mended }) => {
  const request = requestOf(url);
  urlMender("https")(request);
  expect(request.url).toBe(mended);
});

test.each([
  { url: "http://localhost/a/b?c=/d", path: "/a/b" },
  { url: "http://localhost/", path: "/" },
  { url: "http://%2f/a/b?c", path: "/a/b" },
  { url: "http://a:99999/a/b#c", path: "/a/b" },
  { url: "https://:80/a/b", path: "/a/b" },
])("pathOf() of $url is $path", ({ url, path }) => {
  expect(pathOf(requestOf(url))).toBe(path);
});
