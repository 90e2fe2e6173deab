import { type Flag, type Node, wordsAfter } from "./tree.ts";

/** Returns the completion for zsh, to be sourced, or to be installed as `_waferd` in the fpath. */
export function zshCompletion(nodes: readonly Node[]): string {
  const paths = nodes.map(({ path }) => path).filter((path) => path !== "");
  return `#compdef waferd
# waferd for zsh: source <(waferd completion zsh)
_waferd() {
  local path_= word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_:+$path_ }$word" in
      ${paths.map((path) => `"${path}"`).join("|")}) path_="\${path_:+$path_ }$word" ;;
    esac
  done
  case "$path_:\${words[CURRENT-1]}" in
${lines(nodes.flatMap(valueCases))}
  esac
  case "$path_" in
${lines(nodes.map((node) => `"${node.path}") found=(${described(node).join(" ")}) ;;`))}
  esac
  _describe -t commands waferd found
}
if [ "$funcstack[1]" = "_waferd" ]; then _waferd "$@"; else compdef _waferd waferd; fi
`;
}

const lines = (texts: readonly string[]): string => texts.map((text) => `    ${text}`).join("\n");

/** Returns `word:description`, as _describe expects it. */
const item = (word: string, description: string): string =>
  `'${word.replaceAll(":", "\\:")}:${description.replaceAll("'", "’").replaceAll("\n", " ")}'`;

const described = (node: Node): string[] => [
  ...wordsAfter(node).map((word) =>
    item(word, node.commands.find(({ name }) => name === word)?.description ?? ""),
  ),
  ...node.flags.flatMap(({ names, description }) =>
    names.filter((name) => name.startsWith("--")).map((name) => item(name, description)),
  ),
];

const valueCases = ({ path, flags }: Node): string[] =>
  flags
    .filter(({ value }) => value !== "none")
    .map(
      (flag) =>
        `${flag.names.map((name) => `"${path}:${name}"`).join("|")}) ${values(flag)}; return ;;`,
    );

function values({ value, description }: Flag): string {
  if (value === "file") return "_files";
  if (value === "folder") return "_files -/";
  if (typeof value === "string") return `_message '${description.replaceAll("'", "’")}'`;
  return `compadd -- ${value.join(" ")}`;
}
