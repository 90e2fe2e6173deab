/** Loaded before every test file (bunfig.toml). */
import { setDefaultTimeout } from "bun:test";

/** A busy machine is slow, and when a test exceeds its limit, Bun kills the servers of other tests. */
const TIME_LIMIT_MS = 30_000;

setDefaultTimeout(TIME_LIMIT_MS);
