import { useState } from "react";
import { answerOf, api, dataOf, segment } from "../../client/api.ts";
import { useAction } from "../../client/use-action.ts";
import { useReading } from "../../client/use-reading.ts";
import { useFormats } from "../../format/format.ts";
import { Moment } from "../../format/moment.tsx";
import { Button } from "../../parts/button.tsx";
import { CodeBlock } from "../../parts/code-block.tsx";
import { ErrorLines } from "../../parts/error-lines.tsx";
import { Facts } from "../../parts/facts.tsx";
import { List } from "../../parts/list.tsx";
import { useNotice } from "../../parts/notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SameCall } from "../../parts/same-call.tsx";
import { Status } from "../../parts/status.tsx";
import { useText } from "../../text/text.tsx";

/** Seconds between two looks at a backup that is being made, and at the others. */
const BUSY_SECONDS = 2;
const CALM_SECONDS = 30;

const RESTORE = [
  "mkdir -m 700 data-2 && cp data/master.key data/admin.key data-2/",
  "waferd restore --from waferd-000012-20261120T080000Z.mdb --data-dir data-2",
].join("\n");

/** The backups of the embedded store: their schedule, a new one, download, removal. */
export function Backups() {
  const { t } = useText();
  const { number, duration } = useFormats();
  const [isRunning, setRunning] = useState(false);
  const reading = useReading(
    "backups",
    async () => {
      const state = await dataOf(api.backups.get());
      setRunning(state.runningSince !== null);
      return state;
    },
    { everySeconds: isRunning ? BUSY_SECONDS : CALM_SECONDS },
  );
  const { value, error, reload } = reading;
  if (value?.advice)
    return (
      <section className="card">
        <h2>{t.settings.tabs.backups}</h2>
        <p>{t.settings.backupsElsewhere}</p>
        <p>{value.advice}</p>
      </section>
    );
  const schedule =
    value === undefined || value.everySeconds === null
      ? t.settings.noSchedule
      : t.settings.every(duration(value.everySeconds));
  return (
    <>
      <section className="card">
        <h2>{t.settings.schedule}</h2>
        {value === undefined ? (
          <span className="bone" />
        ) : (
          <Facts
            facts={[
              [t.settings.folder, <code key="folder">{value.folder}</code>],
              [t.settings.schedule, schedule],
              [
                t.settings.nextBackup,
                value.nextAt === null ? "–" : <Moment key="next" at={value.nextAt} />,
              ],
              [t.settings.kept, number(value.keep)],
            ]}
          />
        )}
        <p className="hint">{t.settings.scheduleHint}</p>
        {value?.lastFailure && (
          <div className="error-lines">
            <p className="failed">
              {t.settings.backupFailed} <Moment at={value.lastFailure.at} />
            </p>
            <p>{value.lastFailure.reason}</p>
          </div>
        )}
        <MakeBackup isRunning={isRunning} onDone={reload} />
      </section>
      <List
        label={t.settings.tabs.backups}
        reading={{
          value: value === undefined ? undefined : { items: value.items, next: null },
          error,
          reload,
        }}
        failed={t.settings.backupsNotListed}
        keyOf={({ name }) => name}
        empty={<p>{t.settings.noBackup}</p>}
        columns={COLUMNS.map((column) => ({
          ...column,
          title: t.settings.backupColumns[column.title],
          cell: (backup: Backup) => <BackupCell of={column.title} {...{ backup, reload }} />,
        }))}
      />
      <section className="card">
        <h2>{t.settings.restore}</h2>
        <p>{t.settings.restoreHint}</p>
        <CodeBlock label={t.settings.restore} code={RESTORE} />
      </section>
    </>
  );
}

interface Backup {
  name: string;
  at: string;
  bytes: number;
  whole: boolean;
}

const COLUMNS = [
  { title: "name", line: 1 },
  { title: "state", line: 2 },
  { title: "bytes", line: 2, isRight: true },
  { title: "at", line: 1, isRight: true },
  { title: "actions", line: 2, isRight: true },
] as const;

function BackupCell({
  of,
  backup: { name, at, bytes, whole },
  reload,
}: {
  of: (typeof COLUMNS)[number]["title"];
  backup: Backup;
  reload: () => void;
}) {
  const { t } = useText();
  const formats = useFormats();
  switch (of) {
    case "name":
      return <code>{name}</code>;
    case "state":
      return (
        <Status
          tone={whole ? "good" : "bad"}
          word={whole ? t.settings.whole : t.settings.damaged}
        />
      );
    case "bytes":
      return formats.bytes(bytes);
    case "at":
      return <Moment at={at} />;
    case "actions":
      return <BackupActions name={name} onRemoved={reload} />;
  }
}

function BackupActions({ name, onRemoved }: { name: string; onRemoved: () => void }) {
  const { t } = useText();
  const say = useNotice();
  const [isRemoving, setRemoving] = useState(false);
  return (
    <span className="row-actions">
      <a href={`/api/v1/backups/${segment(name)}`} download>
        {t.settings.download}
      </a>
      <button type="button" className="plain" onClick={() => setRemoving(true)}>
        {t.settings.removeBackup}
      </button>
      {isRemoving && (
        <Question
          title={t.settings.removeBackupTitle}
          verb={t.settings.removeBackup}
          failed={t.settings.backupNotRemoved}
          act={() => answerOf(api.backups({ name: segment(name) }).delete())}
          onClose={() => setRemoving(false)}
          onDone={() => {
            setRemoving(false);
            say(t.settings.backupRemoved(name));
            onRemoved();
          }}
        >
          <p>
            <code>{name}</code>
          </p>
          <p>{t.settings.removeBackupConsequence}</p>
          <SameCall command={null} call={{ method: "DELETE", path: `/backups/${name}` }} />
        </Question>
      )}
    </span>
  );
}

function MakeBackup({ isRunning, onDone }: { isRunning: boolean; onDone: () => void }) {
  const { t } = useText();
  const say = useNotice();
  const { run, isBusy, error } = useAction(async () => {
    await answerOf(api.backups.post());
    say(t.settings.backupMade);
    onDone();
  });
  return (
    <>
      {error !== null && <ErrorLines failed={t.settings.backupFailed} error={error} />}
      <div className="row">
        <Button onClick={() => void run()} loading={isBusy || isRunning}>
          {t.settings.makeBackup}
        </Button>
      </div>
      <SameCall command="waferd backup --to backup" call={{ method: "POST", path: "/backups" }} />
    </>
  );
}
