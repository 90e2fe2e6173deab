import { encode } from "uqr";
import {
  membersOf,
  refuse,
  type UpstreamAnswer,
  type UpstreamEndpoint,
  withToken,
} from "./answers.ts";
import { pngOf } from "./png.ts";

const DEFAULT_WIDTH = 430;
const SMALLEST_WIDTH = 280;
const LARGEST_WIDTH = 1280;
/** WeChat's limit of a path, in characters. */
const LONGEST_PATH = 1024;
const LONGEST_SQUARE_PATH = 128;

/** Characters that WeChat allows in a scene. */
const SCENE = /^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$/;
/** WeChat refuses a slash at the beginning, and a query. */
const PAGE = /^[^/?][^?]*$/;

/** Returns the code of a text as an image: a QR code, where WeChat has its own round form. */
function image(text: string, width: unknown): UpstreamAnswer {
  const pixels = Math.min(LARGEST_WIDTH, Math.max(SMALLEST_WIDTH, Number(width) || DEFAULT_WIDTH));
  const { data, size } = encode(text, { border: 2 });
  const body = pngOf(data, Math.max(1, Math.round(pixels / size)));
  return { status: 200, contentType: "image/png", body };
}

const withPath = (longest: number): UpstreamEndpoint =>
  withToken((world, _appid, { body }) => {
    const { path, width } = membersOf(body);
    if (typeof path !== "string" || path === "" || path.length > longest)
      return refuse(world, 40159, `invalid length for path, or the data is not json string`);
    return image(path, width);
  });

/** Plays POST /wxa/getwxacode. */
export const miniProgramCode = withPath(LONGEST_PATH);

/** Plays POST /cgi-bin/wxaapp/createwxaqrcode. */
export const squareCode = withPath(LONGEST_SQUARE_PATH);

/** Plays POST /wxa/getwxacodeunlimit. Every page exists, because no mini program is known. */
export const unlimitedCode = withToken((world, _appid, { body }) => {
  const { scene, page = "pages/index/index", width } = membersOf(body);
  if (typeof scene !== "string" || !SCENE.test(scene)) return refuse(world, 40129);
  if (typeof page !== "string" || !PAGE.test(page)) return refuse(world, 41030);
  return image(`${page}?scene=${encodeURIComponent(scene)}`, width);
});
