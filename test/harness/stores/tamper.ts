import { open } from "lmdb";

/** Changes a stored record behind the running server's back, as a crooked disk or a clumsy person would. */
export async function tamper(
  dataDir: string,
  table: string,
  key: string,
  // biome-ignore lint/suspicious/noExplicitAny: a record of whatever table
  change: (record: any) => object,
): Promise<void> {
  const env = open({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  const database = env.openDB<object, string>({ name: table, encoding: "msgpack" });
  const record = database.get(key);
  if (record === undefined) throw new Error(`no ${key} in ${table}`);
  await database.put(key, change(record));
  await env.close();
}
