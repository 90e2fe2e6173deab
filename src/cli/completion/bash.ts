import { type Flag, type Node, wordsAfter } from "./tree.ts";

/** Returns the completion for bash 3.2 and newer, which does not need bash-completion. */
export function bashCompletion(nodes: readonly Node[]): string {
  const paths = nodes.map(({ path }) => path).filter((path) => path !== "");
  return `# waferd for bash: source <(waferd completion bash)
_waferd_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$current"))
  # bash 3.2 has no compopt, and quotes nothing.
  compopt -o filenames 2>/dev/null
}
_waferd() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.map(quoted).join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$path:$before" in
${lines(nodes.flatMap(valueCases))}
  esac
  case "$path" in
${lines(nodes.map(wordCase))}
  esac
}
complete -F _waferd waferd
`;
}

const lines = (texts: readonly string[]): string => texts.map((text) => `    ${text}`).join("\n");
const quoted = (text: string): string => `"${text}"`;
const reply = (words: readonly string[]): string =>
  `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current"))`;

/** Returns the cases that complete the value of a flag. */
const valueCases = ({ path, flags }: Node): string[] =>
  flags
    .filter(({ value }) => value !== "none")
    .map((flag) => {
      const pattern = flag.names.map((name) => quoted(`${path}:${name}`)).join("|");
      return `${pattern}) ${values(flag)}return ;;`;
    });

function values({ value }: Flag): string {
  if (value === "file") return "_waferd_files -f; ";
  if (value === "folder") return "_waferd_files -d; ";
  return typeof value === "string" ? "" : `${reply(value)}; `;
}

const wordCase = (node: Node): string => {
  const words = [...wordsAfter(node), ...node.flags.flatMap(({ names }) => names.filter(isLong))];
  return `${quoted(node.path)}) ${reply(words)} ;;`;
};

const isLong = (name: string): boolean => name.startsWith("--");
