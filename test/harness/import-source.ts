import { parseSource } from "../../src/config/source.ts";
import type { MoveSource } from "../../src/core/transfer/transfer.ts";
import { openSource, type SourceOptions } from "../../src/import/open-source.ts";
import { askRedis } from "../../src/store/redis/handshake.ts";

/** Opens the source that `waferd import --from` would open. */
export const openFrom = async (
  from: string,
  options: Omit<SourceOptions, "askRedis">,
): Promise<MoveSource> => openSource(parseSource(from), { ...options, askRedis });
