import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";

export interface ImportFigures {
  seconds: number;
  /** Sessions per second. */
  rate: number;
  /**
   * Largest private memory (RssAnon) of the import in MiB, without the pages of the embedded
   * store's file.
   */
  memory: number;
}

const ROWS_A_STATEMENT = 1000;
const APPID = "wx00000000000000aa";

/**
 * Imports a dump of the go server with so many sessions by the executable.
 *
 * @param store value of the option `store`; empty for the embedded store
 * @throws Error when not every session is imported
 */
export async function importSessions(sessions: number, store: string): Promise<ImportFigures> {
  using folder = tempFolder();
  const dump = join(folder.path, "go.sql");
  writeDump(dump, sessions);
  const args = ["import", "--from", dump, "--data-dir", join(folder.path, "data")];
  const startedAt = performance.now();
  const importing = Bun.spawn([EXECUTABLE, ...args], {
    env: { PATH: "/usr/bin:/bin", WAFERD_STORE: store },
    stdout: "pipe",
    stderr: "ignore",
  });
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, ownMemory(importing.pid));
  }, 100);
  const out = await new Response(importing.stdout).text();
  await importing.exited;
  clearInterval(watch);
  const seconds = (performance.now() - startedAt) / 1000;
  if (!out.includes(`sessions: ${sessions} new`))
    throw new Error(`not every session is imported:\n${out}`);
  return { seconds: Math.round(seconds), rate: Math.round(sessions / seconds), memory };
}

/** Returns the private memory of a process in MiB; 0 when the process is gone. */
function ownMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(/^RssAnon:\s*(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** Writes a dump as mysqldump does, in statements of many rows. */
function writeDump(path: string, sessions: number): void {
  const file = openSync(path, "w");
  const now = new Date(Date.now() + 8 * 3_600_000 - 60_000)
    .toISOString()
    .slice(0, 19)
    .replace("T", " ");
  const columns =
    "`id`,`appid`,`uuid`,`skey`,`create_time`,`last_visit_time`,`open_id`,`session_key`,`user_info`";
  writeSync(
    file,
    `INSERT INTO \`cAppinfo\` (\`appid\`,\`secret\`,\`login_duration\`,\`session_duration\`) VALUES ('${APPID}','a-secret',30,2592000);\n`,
  );
  for (let from = 0; from < sessions; from += ROWS_A_STATEMENT) {
    const rows = Array.from({ length: Math.min(ROWS_A_STATEMENT, sessions - from) }, (_, index) => {
      const number = from + index + 1;
      const id = number.toString(16).padStart(32, "0");
      const openid = `o${number.toString(36).padStart(27, "A")}`;
      const profile = `{"openId":"${openid}","nickName":"用户${number} 😀","gender":1,"language":"zh_CN","city":"Shenzhen","province":"Guangdong","country":"China","avatarUrl":"https://wx.qlogo.cn/mmopen/vi_32/${id}/132"}`;
      return `(${number},'${APPID}','${id}','${id}${id}','${now}','${now}','${openid}','c2Vzc2lvbi1rZXktMTIzNA==','${Buffer.from(profile).toString("base64")}')`;
    });
    writeSync(file, `INSERT INTO \`cSessionInfo\` (${columns}) VALUES ${rows.join(",")};\n`);
  }
  closeSync(file);
}
