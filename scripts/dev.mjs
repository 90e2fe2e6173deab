/**
 * `npm run dev [-- --inspect] [-- OPTION …]`: runs the sandbox from its sources on 127.0.0.1:8888
 * with its data in ./data, and restarts it when a source changes; a change of the console shows
 * when its page is loaded again. Options that start with `--inspect` go to Bun, the others to
 * waferd.
 */
import { spawn } from "node:child_process";
import { bunPath, install, root } from "./install.mjs";

install();
const args = process.argv.slice(2);
const isForBun = (/** @type {string} */ arg) => /^--inspect(-wait|-brk)?(=|$)/.test(arg);
const pages = spawn(bunPath(), ["scripts/console.ts", "--watch"], { cwd: root, stdio: "inherit" });
const server = spawn(
  bunPath(),
  [
    // Like the executable, it does not read .env.
    ...["--no-env-file", "--watch", "--no-clear-screen", ...args.filter(isForBun), "src/main.ts"],
    ...["serve", "--sandbox", "--data-dir", "./data", ...args.filter((arg) => !isForBun(arg))],
  ],
  { cwd: root, stdio: "inherit" },
);
// A terminal sends SIGINT to both processes, a supervisor SIGTERM to this one only.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => server.kill("SIGTERM"));
server.on("exit", (status) => {
  pages.kill();
  process.exit(status ?? 1);
});
