/** Completion in bash, zsh and fish. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const PATH = `${dirname(EXECUTABLE)}:/usr/bin:/bin`;

const BASH = `source <(waferd completion bash)
eval "COMP_WORDS=($1)"
[[ $1 == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
$(complete -p waferd | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "\${COMPREPLY[@]}"`;

const FISH = 'waferd completion fish | source; complete -C "$argv[1]"';

/**
 * Types the line and a tab into a zsh on its own terminal, and prints the screen as soon as all the
 * offered words are there: keys that are typed ahead would keep it from completing.
 */
const ZSH = `zmodload zsh/zpty
zpty z 'zsh -f -i'
zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source <(waferd completion zsh); LISTMAX=1000; echo read''y'
zpty -r z out '*ready*'
shown=""
zpty -n -w z "$1"$'\\t'
for try in {1..80}; do
  while zpty -r -t z part; do shown+="$part"; done
  shown="\${shown//\\\\ / }"
  all=yes
  for word in "\${@[2,-1]}"; do [[ $shown == *$word* ]] || all=no; done
  [[ $all == yes ]] && break
  sleep 0.1
done
print -r -- "$shown"
zpty -d z`;

const SHELLS: Record<string, (line: string, offered: readonly string[]) => string[]> = {
  bash: (line) => ["bash", "--norc", "-c", BASH, "bash", line],
  zsh: (line, offered) => ["zsh", "-f", "-c", ZSH, "zsh", line, ...offered],
  fish: (line) => ["fish", "--no-config", "-c", FISH, line],
};

const FAMILY = ["add", "list", "show", "update", "remove"];

describe.each(Object.entries(SHELLS).map(([shell, commandOf]) => ({ shell, commandOf })))(
  "$shell",
  ({ commandOf }) => {
    test.each<{ line: string; offered: string[]; notOffered: string[] }>([
      {
        line: "waferd ",
        offered: ["serve", "app", "session", "token", "agent", "key", "status", "doctor", "config"],
        notOffered: ["add", "worker"],
      },
      { line: "waferd app ", offered: FAMILY, notOffered: ["serve", "revoke"] },
      { line: "waferd st", offered: ["status", "store"], notOffered: ["app"] },
      {
        line: "waferd app add wx1 --secret-",
        offered: ["--secret-file", "--secret-stdin"],
        notOffered: ["--title"],
      },
      {
        line: "waferd token get wx1 --kind ",
        offered: ["access-token", "jsapi-ticket", "agent-ticket"],
        notOffered: ["--json"],
      },
      {
        line: "waferd serve --log-level ",
        offered: ["debug", "info", "warn", "error"],
        notOffered: ["--json"],
      },
      {
        line: "waferd app add wx1 --secret-file my",
        offered: ["my secrets", "my-secret"],
        notOffered: ["other", "--title"],
      },
      {
        line: "waferd app list --data-dir my",
        offered: ["my secrets"],
        notOffered: ["my-secret", "--json"],
      },
      { line: "waferd session show list --", offered: ["--json"], notOffered: ["--cursor"] },
      { line: "waferd completion ", offered: ["bash", "zsh", "fish"], notOffered: ["serve"] },
    ])('completion of "$line" offers the words that fit', ({ line, offered, notOffered }) => {
      using folder = tempFolder();
      for (const name of ["my-secret", "other"]) writeFileSync(join(folder.path, name), "");
      Bun.spawnSync(["mkdir", join(folder.path, "my secrets")]);
      const { stdout, stderr } = Bun.spawnSync(commandOf(line, offered), {
        cwd: folder.path,
        env: { PATH, HOME: folder.path, TERM: "dumb", LC_ALL: "C.UTF-8", COLUMNS: "200" },
      });
      const shown = stdout.toString();
      expect(stderr.toString()).toBe("");
      // Spaces of files are escaped, and a line may show only the common prefix.
      const words = (text: string): string => text.replaceAll("\\ ", " ");
      for (const word of offered) expect(words(shown), line).toContain(word);
      const rest = words(shown).replaceAll(line.trim(), "");
      for (const word of notOffered)
        expect(rest, line).not.toMatch(new RegExp(`(^|\\s)${word}(\\s|$)`, "m"));
    });
  },
);
