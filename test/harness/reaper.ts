/**
 * Kills a server and removes its folder when this process is gone, however it ended. `bun test`
 * ends without the events at which a process could do that itself.
 */
export function killWithParent(pid: number, folder: string): void {
  const script =
    'while kill -0 "$1" 2>/dev/null; do sleep 0.3; done; kill -9 "$2" 2>/dev/null; sleep 0.2; rm -rf "$3"';
  Bun.spawn(["sh", "-c", script, "reaper", String(process.pid), String(pid), folder], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  }).unref();
}
