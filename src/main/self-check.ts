import { checkCertificate, dangers } from "../cli/doctor/configuration.ts";
import { checkDataFolder, checkKeys } from "../cli/doctor/data-folder.ts";
import { checkOpenFiles } from "../cli/doctor/limits.ts";
import type { Config } from "../config/schema.ts";
import { attempt } from "../core/attempt.ts";
import type { BackupService, BackupState } from "../core/backups/backup-service.ts";
import { Failure } from "../core/errors.ts";
import { type Finding, findingsOf, worstFirst } from "../core/finding.ts";
import type { Store } from "../core/store.ts";
import type { StoreCheckState } from "../core/store-checks/store-check.ts";
import type { StoreCheckService } from "../core/store-checks/store-check-service.ts";
import { clock } from "./ports.ts";

export interface SelfCheckDeps {
  store: Store;
  backups: BackupService;
  storeChecks: StoreCheckService;
}

/**
 * Checks what a running server can find about itself, worst first: what `waferd doctor` checks
 * without opening anything, what the store's driver says, and the backups. Asks nobody outside.
 */
export async function checkSelf(config: Config, deps: SelfCheckDeps): Promise<Finding[]> {
  return worstFirst([
    ...dangers(config),
    ...(config.EnableHTTPS ? [checkCertificate(config, clock.now())] : []),
    ...checkDataFolder(config),
    ...checkKeys(config),
    ...checkOpenFiles(),
    ...(await checkStore(deps.store)),
    ...checkBackups(await deps.backups.state()),
    ...checkLastStoreCheck(await deps.storeChecks.state()),
  ]);
}

const store = findingsOf("store");

async function checkStore(opened: Pick<Store, "concerns">): Promise<Finding[]> {
  const found = await attempt("storeFailed", () => opened.concerns());
  if (found instanceof Failure)
    return [
      store.fail(
        ["the store failed", "look at the log, and at the store's own"],
        ["存储出错", "查看日志，以及存储自身的日志"],
      ),
    ];
  if (found.length === 0) return [store.ok(["the store answers"], ["存储工作正常"])];
  return found.map(({ problem, todo, zh }) => store.warn([problem, todo], [zh.problem, zh.todo]));
}

const storeCheck = findingsOf("store check");

function* checkLastStoreCheck({ last }: StoreCheckState): Generator<Finding> {
  if (last === null) return;
  const at = new Date(last.endedAt).toISOString();
  const { report, failure } = last;
  if (report === null)
    yield storeCheck.warn(
      [`the check of the store at ${at} failed: ${failure}`, "mend the cause, and check it again"],
      [`${at} 的存储检查失败：${failure}`, "排除原因，再检查一次"],
    );
  else if (report.flaws > 0)
    yield storeCheck.fail(
      [
        `the check of the store at ${at} found ${report.flaws} flaws`,
        "restore a copy (waferd restore), or save the intact records with waferd export",
      ],
      [
        `${at} 的存储检查发现 ${report.flaws} 处错误`,
        "从备份恢复（waferd restore），或用 waferd export 保存完好的记录",
      ],
    );
  else
    yield storeCheck.ok(
      [`nothing was wrong with the store at ${at}`],
      [`${at} 检查存储，没有发现错误`],
    );
}

const backup = findingsOf("backups");

function* checkBackups(state: BackupState | Failure): Generator<Finding> {
  if (state instanceof Failure) {
    const reason = state.detail.reason ?? state.code;
    yield backup.fail(
      [`the folder of the backups cannot be read: ${reason}`, "mend it, or change backup.dir"],
      [`无法读取备份所在的文件夹：${reason}`, "修复它，或修改 backup.dir"],
    );
    return;
  }
  if (state.folder === null) return;
  const { failure, backups, every } = state;
  for (const { name, isWhole } of backups)
    if (!isWhole)
      yield backup.warn(
        [`the backup ${name} is damaged`, "remove it, and make another"],
        [`备份 ${name} 已损坏`, "删除它，再做一次备份"],
      );
  if (failure !== null)
    yield backup.fail(
      [`the last backup failed: ${failure.reason}`, "mend the cause; it is tried again"],
      [`最近一次备份失败：${failure.reason}`, "排除原因，备份会自动重试"],
    );
  else if (every === null && backups.length === 0)
    yield backup.warn(
      ["there is no backup, and no schedule", "set backup.every, such as 24h"],
      ["没有备份，也没有设置定时备份", "设置 backup.every，例如 24h"],
    );
  else yield backup.ok([`there are ${backups.length} backups`], [`共有 ${backups.length} 个备份`]);
}
