/** The code of the first steps, by tab. */

import { goCode } from "./go.ts";
import { javaCode } from "./java.ts";
import { miniProgramSnippet } from "./mini-program.ts";
import { nginxCode } from "./nginx.ts";
import { expressCode, koaCode, nestCode } from "./node.ts";
import { phpCode } from "./php.ts";
import { pythonCode } from "./python.ts";
import type { Snippet } from "./snippet.ts";

export const CLIENT_SNIPPETS: readonly Snippet[] = [
  { title: "wx", file: "api.js", code: miniProgramSnippet("wx", "") },
  {
    title: "Taro",
    file: "src/api.js",
    code: miniProgramSnippet("Taro", 'import Taro from "@tarojs/taro";\n\n'),
  },
  { title: "uni-app", file: "api.js", code: miniProgramSnippet("uni", "") },
];

export const SERVER_SNIPPETS: readonly Snippet[] = [
  { title: "Express", file: "server.mjs", code: expressCode },
  { title: "Koa", file: "server.mjs", code: koaCode },
  { title: "Nest", file: "session.guard.ts", code: nestCode },
  { title: "Go", file: "main.go", code: goCode },
  { title: "Java", file: "Shop.java", code: javaCode },
  { title: "PHP", file: "index.php", code: phpCode },
  { title: "Python", file: "server.py", code: pythonCode },
  { title: "nginx", file: "shop.conf", code: nginxCode },
];
