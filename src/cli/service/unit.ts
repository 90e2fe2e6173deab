import { isAbsolute, join, normalize } from "node:path";
import { StartError } from "../../core/errors.ts";

/** The folders that systemd creates for the service. */
export const STATE_FOLDER = "/var/lib/waferd";
export const CACHE_FOLDER = "/var/cache/waferd";
export const LOGS_FOLDER = "/var/log/waferd";
export const CONFIG_FOLDER = "/etc/waferd";

/** The system user that the service runs as. */
export const SERVICE_USER = "waferd";

/** The variable parts of a unit. */
export interface UnitSettings {
  /** All paths are absolute. */
  executable: string;
  config: string;
  /** Folders that the service writes to, including those that systemd creates. */
  writable: readonly string[];
  /** Whether it listens on a port that only root may open. */
  privilegedPort: boolean;
}

/**
 * Returns the systemd unit of the service.
 *
 * @throws StartError when a path cannot be written in a unit
 */
export function unitText({ executable, config, writable, privilegedPort }: UnitSettings): string {
  const own = writable.filter((path) => !isMadeBySystemd(path));
  return `[Unit]
Description=waferd, the session server of WeChat mini programs
Wants=network-online.target
After=network-online.target redis-server.service mariadb.service mysql.service

[Service]
Type=notify
ExecStart=${word(executable)} serve --config ${word(config)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=1s
TimeoutStartSec=60s
# The supervisor replaces workers that hang; this is for itself.
WatchdogSec=30s
WatchdogSignal=SIGKILL
# The requests in hand are finished, at most as long as the slowest call to WeChat.
TimeoutStopSec=40s
KillMode=mixed
LimitNOFILE=65536
# What is in memory is secret.
LimitCORE=0

User=${SERVICE_USER}
Group=${SERVICE_USER}
UMask=0077
WorkingDirectory=${STATE_FOLDER}
StateDirectory=waferd
StateDirectoryMode=0700
CacheDirectory=waferd
CacheDirectoryMode=0700
LogsDirectory=waferd
LogsDirectoryMode=0750
${config.startsWith(`${CONFIG_FOLDER}/`) ? "ConfigurationDirectory=waferd\nConfigurationDirectoryMode=0750\n" : ""}${own.length === 0 ? "" : `ReadWritePaths=${own.map(word).join(" ")}\n`}# The library that the executable holds is unpacked there: a /tmp may be mounted noexec.
Environment=BUN_TMPDIR=${CACHE_FOLDER}

NoNewPrivileges=yes
${privilegedPort ? PRIVILEGED_PORT : UNPRIVILEGED}
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateIPC=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# JavaScript is compiled to machine code while it runs: without memory that is written and then executed it would only
# be interpreted, which is many times slower.
MemoryDenyWriteExecute=no

[Install]
WantedBy=multi-user.target
`;
}

const UNPRIVILEGED = `CapabilityBoundingSet=
AmbientCapabilities=
PrivateUsers=yes`;

// In a private user namespace the capability would not hold for the machine's ports.
const PRIVILEGED_PORT = `CapabilityBoundingSet=CAP_NET_BIND_SERVICE
AmbientCapabilities=CAP_NET_BIND_SERVICE`;

const isMadeBySystemd = (path: string): boolean =>
  [STATE_FOLDER, CACHE_FOLDER, LOGS_FOLDER].some(
    (folder) => path === folder || path.startsWith(`${folder}/`),
  );

/** Returns the absolute path that a path in the configuration means for the service. */
export const inService = (path: string): string =>
  normalize(isAbsolute(path) ? path : join(STATE_FOLDER, path));

/** Returns a path as one word of a unit, where `%`, `$`, quotes and backslashes are special. */
function word(path: string): string {
  if (!isAbsolute(path) || !/^[\p{L}\p{N} /._+@:,~-]+$/u.test(path))
    throw new StartError(
      `${path} cannot be written in a unit: use an absolute path of letters, digits, spaces and . _ - + @ : , ~`,
    );
  return path.includes(" ") ? `"${path}"` : path;
}
