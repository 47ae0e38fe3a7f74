import { InboxOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Progress } from "antd";
import { useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { FILE_BYTES, RECORDING_BYTES, filesOf, finishRun, isTable, layoutOf, openRun, parted, sendFile, sendRecording, type Dropped, type FileTaken, type Landed } from "../api/drop";
import { Problem } from "../api/problem";
import { numberText, total } from "../format";
import { BarList } from "../parts/BarList";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { useColumnsDialog } from "./ColumnsDialog";

type Refused = { key: string; file: string; line: number; code: string };
/** How a table was read: by these columns, from 1. */
type Table = { file: string; columns: Record<string, number> };
type Drop = { total: number; done: number; bytes: number; doneBytes: number; began: number; ended: boolean; run: string; taken: number; messages: number; recordings: number; attachments: number; duplicates: number; secrets: number; entities: Record<string, number>; refused: number; rejects: Refused[]; tables: Table[]; problem: unknown };

const SHOWN = 200;

/** Drop a folder: each file is sent, taken in and reported; what is refused is named with its reason. */
export function DropZone() {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [drop, setDrop] = useState<Drop | null>(null);
  const stop = useRef(false);
  const pause = usePause();
  const columns = useColumnsDialog();
  const queries = useQueryClient();
  const busy = drop !== null && !drop.ended;

  const take = async (files: Dropped[]): Promise<void> => {
    if (files.length === 0) return;
    stop.current = false;
    columns.forget();
    let now = begun(files);
    const show = (next: Partial<Drop>): void => setDrop((now = { ...now, ...next }));
    show({});
    try {
      const { recordings, others } = parted(files);
      for (const { one, sidecar } of recordings) {
        await pause.over();
        if (stop.current) break;
        if (one.file.size > RECORDING_BYTES) show(refusal(now, one, "file_too_large_here"));
        else if (one.file.size === 0) show(refusal(now, one, "empty_file"));
        else show(await sealed(now, one, sidecar));
      }
      const run = others.length ? await openRun() : null;
      show({ run: run ?? "" });
      for (const one of others) {
        await pause.over();
        if (stop.current || run === null) break;
        if (one.file.size > FILE_BYTES) show(refusal(now, one, "file_too_large_here"));
        else if (isTable(one) && !(await agreed(run, one))) show(refusal(now, one, "columns_not_confirmed"));
        else show(added(now, one, await onceItRuns(stop, () => sendFile(run, one))));
      }
      if (run !== null) await finishRun(run);
    } catch (problem) {
      show({ problem });
    }
    show({ ended: true });
    void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
  };

  /** Whether to take a table by the columns that were guessed; one that has none is sent, and named with its reason. */
  const agreed = async (run: string, one: Dropped): Promise<boolean> => {
    const layout = await onceItRuns(stop, () => layoutOf(run, one));
    return layout.length === 0 || columns.ask(one.name, layout);
  };

  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (!busy) void filesOf(event.dataTransfer.items).then(take);
  };

  return (
    <section className="card" aria-label={t("drop.title")}>
      <div
        className={over ? "drop drop-over" : "drop"}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <InboxOutlined aria-hidden className="drop-mark" />
        <p><strong>{t("drop.title")}</strong></p>
        <p className="soft">{t("drop.lead")}</p>
        <label className="drop-choose">
          {t("drop.choose")}
          <input
            type="file"
            multiple
            disabled={busy}
            onChange={(event) => {
              const files = [...(event.target.files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
              event.target.value = "";
              void take(files);
            }}
          />
        </label>
      </div>
      {drop && <Report drop={drop} busy={busy} pause={pause} onStop={() => { stop.current = true; pause.end(); }} />}
      {columns.dialog}
    </section>
  );
}

type Pause = { paused: boolean; begin: () => void; end: () => void; over: () => Promise<void> };

/** A pause between two files: `over` waits for its end. */
function usePause(): Pause {
  const [paused, setPaused] = useState(false);
  const waiting = useRef<{ over: Promise<void>; end: () => void } | null>(null);
  const begin = (): void => {
    let end = (): void => undefined;
    const over = new Promise<void>((yes) => { end = yes; });
    waiting.current = { over, end };
    setPaused(true);
  };
  const end = (): void => {
    waiting.current?.end();
    waiting.current = null;
    setPaused(false);
  };
  return { paused, begin, end, over: async () => waiting.current?.over };
}

function Report({ drop, busy, pause, onStop }: { drop: Drop; busy: boolean; pause: Pause; onStop: () => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { may } = useSession();
  const term = useTerm();
  const problemText = useProblemText();
  const say = (n: number): string => numberText(language, n);
  const percent = drop.bytes ? Math.round((100 * drop.doneBytes) / drop.bytes) : 100;
  return (
    <div aria-live="polite" className="drop-report">
      <Progress percent={percent} status={drop.problem ? "exception" : busy ? "active" : "success"} aria-label={t("drop.progress")} />
      <p>
        {t("drop.count", {
          files: t("drop.files", { count: drop.total, n: say(drop.total), done: say(drop.done) }),
          conversations: t("drop.conversations", { count: drop.taken, n: say(drop.taken) }),
          turns: t("drop.turns", { count: drop.messages, n: say(drop.messages) }),
          known: t("drop.known", { count: drop.duplicates, n: say(drop.duplicates) }),
          secrets: t("drop.secrets", { count: drop.secrets, n: say(drop.secrets) }),
        })}
      </p>
      {drop.attachments > 0 && <p>{t("drop.attachments", { count: drop.attachments, n: say(drop.attachments) })}</p>}
      {drop.recordings > 0 && <p>{t("drop.recordings", { count: drop.recordings, n: say(drop.recordings) })}</p>}
      {busy && pause.paused && <p role="status">{t("drop.paused")}</p>}
      {busy && (
        <p className="drop-links">
          {pause.paused ? <Button type="primary" onClick={pause.end}>{t("drop.goOn")}</Button> : <Button onClick={pause.begin}>{t("drop.pause")}</Button>}
          <Button onClick={onStop}>{t("drop.stop")}</Button>
        </p>
      )}
      {Boolean(drop.problem) && <p className="bad" role="alert">{problemText(drop.problem)}</p>}
      {Object.keys(drop.entities).length > 0 && (
        <BarList label={t("drop.found")} rows={Object.entries(drop.entities).sort((a, b) => b[1] - a[1]).map(([entity, count]) => ({ key: entity, label: term("entity", entity), value: count }))} />
      )}
      {drop.tables.length > 0 && (
        <details className="drop-tables">
          <summary>{t("drop.tables", { count: drop.tables.length })}</summary>
          <ul>
            {drop.tables.map(({ file, columns }) => (
              <li key={file}>
                <strong>{file}</strong>{" "}
                {Object.entries(columns).sort((a, b) => a[1] - b[1]).map(([field, number]) => `${say(number)} ${term("column", field.replace(".", "_"))}`).join(" · ")}
              </li>
            ))}
          </ul>
          <p className="soft small">{t("drop.tablesHint")}</p>
        </details>
      )}
      {drop.refused > 0 && (
        <>
          <h2>{t("drop.refused", { count: drop.refused })}</h2>
          <PlainTable
            label={t("drop.refused", { count: drop.refused })}
            rows={drop.rejects}
            rowKey={(row) => row.key}
            columns={[
              { key: "file", title: t("drop.file"), render: (row) => row.file },
              { key: "line", title: t("drop.line"), align: "end", render: (row) => say(row.line) },
              { key: "why", title: t("drop.why"), render: (row) => term("refused", row.code) },
            ]}
          />
        </>
      )}
      {drop.ended && <p>{t("drop.source")}</p>}
      {drop.ended && (
        <p className="drop-links">
          {drop.run && <Link to={`/intake/${drop.run}`}>{t("drop.report")}</Link>}
          {drop.recordings > 0 && may("recording:list") && <Link to="/recordings">{t("drop.seeRecordings")}</Link>}
          {may("conversation:list") && <Link to="/conversations">{t("drop.see")}</Link>}
        </p>
      )}
    </div>
  );
}

const begun = (files: Dropped[]): Drop => ({ total: files.length, done: 0, bytes: files.reduce((sum, one) => sum + one.file.size, 0), doneBytes: 0, began: Date.now(), ended: false, run: "", taken: 0, messages: 0, recordings: 0, attachments: 0, duplicates: 0, secrets: 0, entities: {}, refused: 0, rejects: [], tables: [], problem: null });

const PAUSED_MS = 3_000;

/** Do `send`, and again while its run is paused, on this page or another, until somebody stops here. */
async function onceItRuns<T>(stop: { current: boolean }, send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (problem) {
      if (stop.current || !(problem instanceof Problem) || problem.params.reason !== "run_paused") throw problem;
    }
    await new Promise((yes) => setTimeout(yes, PAUSED_MS));
  }
}

/** Send a recording with its sidecar; a refusal of what it is stands in the report, any other ends the drop. */
async function sealed(drop: Drop, one: Dropped, sidecar: Dropped | undefined): Promise<Partial<Drop>> {
  const size = one.file.size + (sidecar?.file.size ?? 0);
  const files = sidecar ? 2 : 1;
  let landed: Landed;
  try {
    landed = await sendRecording(one, sidecar);
  } catch (problem) {
    if (!(problem instanceof Problem) || (problem.status !== 422 && problem.status !== 409)) throw problem;
    const refused = refusal(drop, one, String(problem.params.reason ?? problem.code));
    return { ...refused, done: drop.done + files, doneBytes: drop.doneBytes + size };
  }
  return {
    done: drop.done + files,
    doneBytes: drop.doneBytes + size,
    recordings: drop.recordings + (landed.duplicate ? 0 : 1),
    duplicates: drop.duplicates + (landed.duplicate ? 1 : 0),
  };
}

function refusal(drop: Drop, one: Dropped, code: string): Partial<Drop> {
  const rejects = [...drop.rejects, { key: `${one.name}:0`, file: one.name, line: 1, code }].slice(0, SHOWN);
  return { done: drop.done + 1, doneBytes: drop.doneBytes + one.file.size, refused: drop.refused + 1, rejects };
}

function added(drop: Drop, one: Dropped, answer: FileTaken): Partial<Drop> {
  const entities = { ...drop.entities };
  for (const [entity, count] of Object.entries(answer.entities)) entities[entity] = (entities[entity] ?? 0) + count;
  const named = answer.rejected.map((reject, n) => ({ key: `${one.name}:${n}`, file: reject.member ? `${one.name}/${reject.member}` : one.name, line: reject.line, code: reject.code }));
  return {
    done: drop.done + 1,
    doneBytes: drop.doneBytes + one.file.size,
    taken: drop.taken + answer.taken + answer.changed,
    messages: drop.messages + answer.messages,
    duplicates: drop.duplicates + answer.duplicates,
    attachments: drop.attachments + total(answer.attachments) - (answer.attachments.withheld ?? 0),
    secrets: drop.secrets + answer.secrets_cut,
    entities,
    refused: drop.refused + answer.refused,
    rejects: [...drop.rejects, ...named].slice(0, SHOWN),
    tables: Object.keys(answer.columns).length ? [...drop.tables, { file: one.name, columns: answer.columns }].slice(0, SHOWN) : drop.tables,
  };
}
