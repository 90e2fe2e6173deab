import { realpathSync } from "node:fs";
import { Command, Option } from "commander";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";
import { Machine } from "./service/machine.ts";
import { planService } from "./service/settings.ts";
import {
  CONFIG_FOLDER,
  LOGS_FOLDER,
  SERVICE_USER,
  STATE_FOLDER,
  unitText,
} from "./service/unit.ts";

/** Makes `waferd service install` and `waferd service uninstall`. */
export function serviceCommand({ io }: CommandDeps): Command {
  return new Command("service")
    .description("run this executable as a systemd service")
    .helpCommand(false)
    .addCommand(installCommand(io))
    .addCommand(uninstallCommand(io));
}

const prefixOption = () =>
  new Option(
    "--prefix <folder>",
    "write below this folder, as for an image; creates no user and starts nothing",
  );

/** Resolves symbolic links, as in the executable's own path; empty for the machine itself. */
const prefixOf = ({ prefix }: { prefix?: string }): string =>
  prefix === undefined ? "" : realpathSync(prefix).replace(/\/$/, "");

function installCommand(io: Io): Command {
  const command = new Command("install")
    .description("install and start the service, or reinstall it; needs root")
    .addOption(
      new Option(
        "--config <file>",
        "its app.conf (default: /etc/waferd/app.conf, created if missing)",
      ),
    )
    .addOption(new Option("--print", "print the unit, and change nothing"))
    .addOption(prefixOption());
  addExamples(command, "service install", "service install --config /etc/waferd/shop.conf --print");
  return command.action((given: { config?: string; print?: true; prefix?: string }) => {
    const prefix = prefixOf(given);
    const { unit, newConfig } = planService(
      realpathSync(process.execPath),
      given.config ?? null,
      prefix,
    );
    const text = unitText(unit);
    if (given.print) return io.write(text);

    const machine = new Machine(prefix);
    machine.assertMayChange("installing");
    machine.hasUnit();
    if (machine.makeUser()) io.write(`created the system user ${SERVICE_USER}\n`);
    if (newConfig === null) machine.assertReadable(unit.config);
    else {
      machine.writeConfig(unit.config, newConfig);
      io.write(`wrote ${unit.config}, with every option at its default\n`);
    }
    machine.writeUnit(text);
    io.write(`wrote ${machine.unitPath}\n`);
    machine.enable();
    io.write(
      machine.runsSystemd
        ? "the service runs, and starts at every boot; its log: journalctl -u waferd\n"
        : "systemd does not run here, so nothing was started; the service starts when systemd boots\n",
    );
  });
}

function uninstallCommand(io: Io): Command {
  const command = new Command("uninstall")
    .description("stop the service and remove its unit; data and configuration stay; needs root")
    .addOption(prefixOption());
  addExamples(command, "service uninstall");
  return command.action((given: { prefix?: string }) => {
    const machine = new Machine(prefixOf(given));
    machine.assertMayChange("removing");
    if (!machine.hasUnit()) return io.write(`there is no ${machine.unitPath}: nothing to do\n`);
    machine.disable();
    machine.removeUnit();
    machine.reload();
    io.write(
      `removed ${machine.unitPath}; these stay: ${STATE_FOLDER}, ${CONFIG_FOLDER}, ${LOGS_FOLDER}, and the user ${SERVICE_USER}\n`,
    );
  });
}
