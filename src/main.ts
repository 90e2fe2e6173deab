import packageJson from "../package.json" with { type: "json" };
import { runProgram } from "./cli/program.ts";
import { commandPorts } from "./main/command-ports.ts";

process.exit(
  await runProgram(process.argv.slice(2), {
    version: packageJson.version,
    ...commandPorts(process.env),
  }),
);
