import type { Milliseconds } from "./ports.ts";

/** The certificate that a server shows to its clients. */
export interface ServedCertificate {
  /** As `CN=wafer.example.com, O=Example`. */
  subject: string;
  issuer: string;
  /** Alternative names, such as `DNS:wafer.example.com`. */
  names: string[];
  validFrom: Milliseconds;
  validTo: Milliseconds;
}
