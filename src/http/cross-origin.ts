import { cors } from "@elysiajs/cors";

/**
 * Lets pages of these origins call, with keys in headers; there are no cookies. All others stay
 * shut out.
 */
export const crossOrigin = (origins: readonly string[]) =>
  cors({
    origin: [...origins],
    credentials: false,
    methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowedHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
    exposeHeaders: [
      ...["ETag", "Idempotency-Replayed", "Location", "Retry-After", "WWW-Authenticate"],
      "X-Request-Id",
    ],
    maxAge: 600,
  });
