import type { StoreUsage } from "../../core/store.ts";
import type { Database } from "./database.ts";

interface SizeRow {
  used: number | string;
  free: number | string;
}

/** Reads the usage of the whole database, which the server updates from time to time. */
export function databaseUsage(db: Database): Promise<StoreUsage> {
  return db.read(
    "SELECT COALESCE(SUM(data_length + index_length), 0) AS used, COALESCE(SUM(data_free), 0) AS free FROM information_schema.tables WHERE table_schema = DATABASE()",
    [],
    ([row]: SizeRow[]) => {
      const used = Number(row?.used ?? 0);
      // A server does not report the free space of its disk.
      return { sizeBytes: used + Number(row?.free ?? 0), usedBytes: used, freeBytes: null };
    },
  );
}
