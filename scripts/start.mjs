/**
 * `npm start`: installs, builds, and runs the sandbox on 127.0.0.1:8888 with its data in ./data.
 */
import { spawn } from "node:child_process";
import { build, install, root } from "./install.mjs";

install();
const server = spawn(
  build(),
  ["serve", "--sandbox", "--data-dir", "./data", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
// A terminal sends SIGINT to both processes, a supervisor SIGTERM to this one only.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => server.kill("SIGTERM"));
server.on("exit", (status) => process.exit(status ?? 1));
