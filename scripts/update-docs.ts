/** `npm run docs`: renews the answers in docs/protocol.md. Needs the executable. */
import { join } from "node:path";
import { runExamples, withoutChance } from "../test/docs/examples.ts";

const path = join(import.meta.dir, "../docs/protocol.md");
const page = await Bun.file(path).text();
const renewed = await runExamples(page);
const changed = withoutChance(page) !== withoutChance(renewed);
if (changed) await Bun.write(path, renewed);
console.log(changed ? "docs/protocol.md: renewed" : "docs/protocol.md: nothing new");
