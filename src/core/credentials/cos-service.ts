import { type CosXmlRequest, signCosJson, signCosXml } from "../../crypto/cos-signature.ts";
import type { Clock, Random } from "../ports.ts";

/** The parameters of a signature for COS's old JSON API. */
export interface CosJsonRequest {
  /** COS's own number of the account. */
  appid: string;
  bucket: string;
  secretId: string;
  secretKey: string;
  /** Unix time in seconds until which it is reusable; null for a signature for one request. */
  expiresAt: number | null;
  /** The file that it is for; null for the whole bucket. */
  filepath: string | null;
}

/** Default life of a signature for the current API. */
const XML_SECONDS = 900;

/** Signs for COS, Tencent's object storage, with a secret that comes with each request. */
export class CosService {
  readonly #clock;
  readonly #random;

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Signs for the old JSON API (docs/protocol-reference.md#cos-json-signature). */
  signJson(request: CosJsonRequest): string {
    return signCosJson({
      ...request,
      expiresAt: request.expiresAt ?? 0,
      now: this.#now(),
      // Four bytes make at most ten digits.
      random: String(Number.parseInt(this.#random.hex(4), 16)),
    });
  }

  /**
   * Signs for the current XML API (docs/protocol-reference.md#cos-xml-signature).
   *
   * @param request `startsAt` is now, and `expiresAt` is 15 minutes later, unless given
   */
  signXml(
    request: Omit<CosXmlRequest, "startsAt" | "expiresAt"> & {
      startsAt?: number;
      expiresAt?: number;
    },
  ): { signature: string; startsAt: number; expiresAt: number } {
    const startsAt = request.startsAt ?? this.#now();
    const expiresAt = request.expiresAt ?? startsAt + XML_SECONDS;
    return { signature: signCosXml({ ...request, startsAt, expiresAt }), startsAt, expiresAt };
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
