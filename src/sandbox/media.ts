import { membersOf, ok, refuse, withToken } from "./answers.ts";

/** The kinds of media, with their largest sizes in bytes. */
const LARGEST: Readonly<Record<string, number>> = {
  image: 10 * 1024 * 1024,
  voice: 2 * 1024 * 1024,
  video: 10 * 1024 * 1024,
  thumb: 64 * 1024,
};

/** Plays POST /cgi-bin/media/upload: a form with the file as `media`. */
export const uploadMedia = withToken((world, appid, { query, bytes, contentType }) => {
  const type = query.get("type") ?? "";
  const largest = Object.hasOwn(LARGEST, type) ? (LARGEST[type] ?? 0) : null;
  if (largest === null) return refuse(world, 40004);
  const file = fileOf(bytes, contentType);
  if (file === null || file.content.length === 0) return refuse(world, 41005);
  if (file.content.length > largest) return refuse(world, 45002);
  const mediaId = world.media.add(appid, file);
  return ok({ type, media_id: mediaId, created_at: Math.floor(world.now() / 1000), item: [] });
});

/** Plays GET /cgi-bin/media/get: the file, as it was uploaded. */
export const getMedia = withToken((world, appid, { query }) => {
  const file = world.media.get(appid, query.get("media_id") ?? "");
  if (file === null) return refuse(world, 40007);
  return {
    ...{ status: 200, contentType: file.contentType, body: file.content },
    headers: { "Content-Disposition": `attachment; filename="${file.name}"` },
  };
});

/** The kinds of customer messages, with the member that each needs. */
const NEEDED: Readonly<Record<string, string>> = {
  text: "content",
  image: "media_id",
  link: "url",
  miniprogrampage: "pagepath",
};

/** Plays POST /cgi-bin/message/custom/send. */
export const sendCustomerMessage = withToken((world, appid, { body }) => {
  const { touser, msgtype, ...message } = membersOf(body);
  const user = typeof touser === "string" ? world.findUser(appid, touser) : null;
  if (user === null) return refuse(world, 40003);
  const kind = String(msgtype);
  const needed = Object.hasOwn(NEEDED, kind) ? NEEDED[kind] : undefined;
  if (needed === undefined) return refuse(world, 40008);
  const content = Object(message[kind]) as Record<string, unknown>;
  const value = content[needed];
  if (typeof value !== "string" || value === "") return refuse(world, 44004);
  if (kind === "image" && world.media.get(appid, value) === null) return refuse(world, 40007);
  world.messages.add({
    ...{ appid, openid: user.openid, templateId: `custom ${kind}`, page: null },
    data: { [needed]: value },
    sentAt: new Date(world.now()).toISOString(),
  });
  return ok({});
});

interface MediaFile {
  name: string;
  contentType: string;
  content: Uint8Array;
}

/** The most files that are remembered, the oldest of which go first. */
const MOST_FILES = 100;
const MOST_BYTES = 64 * 1024 * 1024;

/** The files that were uploaded, in memory. */
export class Media {
  readonly #files = new Map<string, MediaFile>();
  readonly #newId;
  #bytes = 0;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  add(appid: string, file: MediaFile): string {
    const id = this.#newId();
    this.#files.set(`${appid} ${id}`, file);
    this.#bytes += file.content.length;
    for (const [key, { content }] of this.#files) {
      if (this.#files.size <= MOST_FILES && this.#bytes <= MOST_BYTES) break;
      this.#files.delete(key);
      this.#bytes -= content.length;
    }
    return id;
  }

  get(appid: string, id: string): MediaFile | null {
    return this.#files.get(`${appid} ${id}`) ?? null;
  }
}

/** Returns the file named `media` of a form (RFC 7578); null when there is none. */
function fileOf(body: Buffer, contentType: string): MediaFile | null {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return null;
  const delimiter = Buffer.from(`--${boundary}`);
  for (let start = body.indexOf(delimiter); start !== -1; ) {
    const next = body.indexOf(delimiter, start + delimiter.length);
    if (next === -1) return null;
    const headEnd = body.indexOf("\r\n\r\n", start);
    if (headEnd === -1 || headEnd > next) return null;
    const head = body.subarray(start + delimiter.length, headEnd).toString();
    if (/name="?media"?(;|\s|$)/i.test(head))
      return {
        name: (/filename="([^"\r\n]*)"/i.exec(head)?.[1] ?? "media").replace(/[^\w.-]/g, "_"),
        contentType: /^content-type:\s*([^\r\n]+)/im.exec(head)?.[1] ?? "application/octet-stream",
        content: body.subarray(headEnd + 4, next - 2),
      };
    start = next;
  }
  return null;
}
