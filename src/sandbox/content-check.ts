import { membersOf, ok, refuse, withToken } from "./answers.ts";
import type { SandboxWorld } from "./world.ts";

/** WeChat's labels of contents: 100 is a normal one. */
const LABELS = { pass: 100, review: 20_012, risky: 20_001 } as const;
type Suggestion = keyof typeof LABELS;

/** WeChat's own sample contents that a check refuses, and words of the sandbox. */
const RISKY = [
  "特3456书yuuo莞6543李zxcz蒜7782法fgnv级",
  "完2347全dfji试3726测asad感3847知qwez到",
  "sandbox-risky",
];
const REVIEW = ["sandbox-review"];

const LONGEST_CONTENT = 2500;
const SCENES: readonly unknown[] = [1, 2, 3, 4];

const suggestionFor = (text: string): Suggestion => {
  if (RISKY.some((word) => text.includes(word))) return "risky";
  return REVIEW.some((word) => text.includes(word)) ? "review" : "pass";
};

const traceId = (world: SandboxWorld): string => world.requestId().replaceAll("-", "");

/**
 * Plays POST /wxa/msg_sec_check: version 2 with a verdict, the first version with errcode 87014 for
 * a risky content.
 */
export const checkText = withToken((world, appid, { body }) => {
  const { content, version, scene, openid, title = "", nickname = "" } = membersOf(body);
  if (typeof content !== "string") return refuse(world, 47001);
  if (content === "") return refuse(world, 44004);
  if (content.length > LONGEST_CONTENT) return refuse(world, 45002);
  const suggest = suggestionFor(`${content} ${title} ${nickname}`);
  if (Number(version) !== 2) return suggest === "risky" ? refuse(world, 87014) : ok({});
  if (!SCENES.includes(Number(scene))) return refuse(world, 40129);
  if (world.findUser(appid, String(openid)) === null) return refuse(world, 40003);
  const label = LABELS[suggest];
  const detail = { strategy: "content_model", errcode: 0, suggest, label, prob: 90 };
  return ok({ detail: [detail], trace_id: traceId(world), result: { suggest, label } });
});

/** Plays POST /wxa/img_sec_check: an image is risky if its bytes or its name say so. */
export const checkImage = withToken((world, _appid, { body, contentType }) => {
  if (!contentType.startsWith("multipart/form-data") || body === "") return refuse(world, 41005);
  return suggestionFor(body) === "risky" ? refuse(world, 87014) : ok({});
});

/** Plays POST /wxa/media_check_async, whose verdict comes later, as a pushed message. */
export const checkMedia = withToken((world, appid, { body }) => {
  const { media_url: url, media_type: type, version, scene, openid } = membersOf(body);
  if (typeof url !== "string" || url === "") return refuse(world, 41005);
  if (![1, 2].includes(Number(type)) || Number(version) !== 2) return refuse(world, 47001);
  if (!SCENES.includes(Number(scene))) return refuse(world, 40129);
  if (world.findUser(appid, String(openid)) === null) return refuse(world, 40003);
  return ok({ trace_id: traceId(world) });
});
