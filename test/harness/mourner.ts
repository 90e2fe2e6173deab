/**
 * Sees to what a test run leaves behind: when this process is gone, however it ended, a server is killed and its folder
 * removed. `bun test` ends without the events at which a process could do that itself.
 */
export function buryAfterUs(pid: number, folder: string): void {
  const watch =
    'while kill -0 "$1" 2>/dev/null; do sleep 0.3; done; kill -9 "$2" 2>/dev/null; sleep 0.2; rm -rf "$3"';
  Bun.spawn(["sh", "-c", watch, "mourner", String(process.pid), String(pid), folder], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  }).unref();
}
