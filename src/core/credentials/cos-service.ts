import { type CosXmlRequest, signCosJson, signCosXml } from "../../crypto/cos-signature.ts";
import type { Clock, Random } from "../ports.ts";

/** What the old JSON API's signature is for. */
export interface CosJsonRequest {
  /** COS's own number of the account. */
  appid: string;
  bucket: string;
  secretId: string;
  secretKey: string;
  /** Unix time in seconds until which it may be used again and again; null for a signature that is good for one request. */
  expiresAt: number | null;
  /** What it is good for; null for the whole bucket. */
  filepath: string | null;
}

/** How long a signature for the current API is good when nobody says otherwise. */
const XML_SECONDS = 900;

/** Signs for COS, Tencent's object storage. The caller brings the account's secret, which is not kept. */
export class CosService {
  readonly #clock;
  readonly #random;

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A signature for the old JSON API (PROTOCOL section 5.1), reusable or for one request. */
  signJson(request: CosJsonRequest): string {
    return signCosJson({
      ...request,
      expiresAt: request.expiresAt ?? 0,
      now: this.#now(),
      // Four bytes make at most ten digits.
      random: String(Number.parseInt(this.#random.hex(4), 16)),
    });
  }

  /** A signature for the current XML API (PROTOCOL section 5.2), from now on; for 15 minutes unless told otherwise. */
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
