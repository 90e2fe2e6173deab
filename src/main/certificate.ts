import { X509Certificate } from "node:crypto";
import type { ServedCertificate } from "../core/served-certificate.ts";

/** Returns what is shown of a certificate in PEM; null for one that cannot be read. */
export function servedCertificate(pem: string): ServedCertificate | null {
  try {
    const { subject, issuer, validFrom, validTo, subjectAltName } = new X509Certificate(pem);
    return {
      subject: onOneLine(subject),
      issuer: onOneLine(issuer),
      names: (subjectAltName ?? "").split(", ").filter((name) => name !== ""),
      validFrom: Date.parse(validFrom),
      validTo: Date.parse(validTo),
    };
  } catch {
    return null;
  }
}

const onOneLine = (name: string | undefined): string => (name ?? "").replaceAll("\n", ", ");
