import { readFileSync } from "node:fs";

/** A recorded answer of waferd. */
export interface SampleAnswer {
  status: number;
  body: string;
  /** Headers without those that Bun sets. */
  headers: Record<string, string>;
}

/** Returns a function that makes the recorded answer in a file again and again. */
export function repeatAnswer(file: string): () => Response {
  const { status, body, headers: members }: SampleAnswer = JSON.parse(readFileSync(file, "utf8"));
  const headers = new Headers(members);
  const content = status === 204 ? null : body;
  return () => new Response(content, { status, headers });
}
