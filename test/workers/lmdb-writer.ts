/** Writes to an LMDB folder, once for each line that it reads, and says when that is done. */
import { open } from "lmdb";

const env = open({ path: process.argv[2] ?? "", maxDbs: 32, maxReaders: 512 });
const table = env.openDB<number, string>({ name: "test", encoding: "msgpack" });
for await (const _line of console) {
  table.putSync("written", Date.now());
  console.log("written");
}
