import { type Flag, type Node, wordsAfter } from "./tree.ts";

/** Returns the completion for fish. */
export function fishCompletion(nodes: readonly Node[]): string {
  const paths = nodes.map(({ path }) => path).filter((path) => path !== "");
  return `# waferd for fish: waferd completion fish | source
function __waferd_path
  set -l path ""
  for word in (commandline -opc)[2..-1]
    switch (string trim -- "$path $word")
      case ${paths.map(quoted).join(" ")}
        set path (string trim -- "$path $word")
    end
  end
  echo "$path"
end
function __waferd_at
  test (__waferd_path) = "$argv[1]"
end
complete -c waferd -f
${nodes.flatMap((node) => [...words(node), ...node.flags.map((flag) => flagLine(node, flag))]).join("\n")}
`;
}

const quoted = (text: string): string =>
  `'${text.replace(/['\\]/g, "\\$&").replaceAll("\n", " ")}'`;
const at = ({ path }: Node): string =>
  `complete -c waferd -n ${quoted(`__waferd_at ${quoted(path)}`)}`;

const words = (node: Node): string[] =>
  wordsAfter(node).map((word) => {
    const description = node.commands.find(({ name }) => name === word)?.description;
    return `${at(node)} -a ${word}${description === undefined ? "" : ` -d ${quoted(description)}`}`;
  });

function flagLine(node: Node, { names, description, value }: Flag): string {
  const flags = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return `${at(node)} ${flags.join(" ")} -d ${quoted(description)}${values(value)}`;
}

function values(value: Flag["value"]): string {
  if (value === "none") return "";
  if (value === "file") return " -r -F";
  if (value === "folder") return " -x -a '(__fish_complete_directories)'";
  return typeof value === "string" ? " -x" : ` -x -a ${quoted(value.join(" "))}`;
}
