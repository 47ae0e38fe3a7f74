import "../glass.css";

import { UploadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Modal } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { components } from "../api/schema";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useAttempt } from "../session/attempt";

type Listed = components["schemas"]["ListedOut"];
type Props = { open: boolean; onClose: () => void };

const send = (text: string, dryRun: boolean) =>
  taken(
    api.POST("/api/v1/people/list", {
      params: { query: { dry_run: dryRun } },
      headers: { "Content-Type": "text/csv" },
      body: text as never,
      bodySerializer: (body: unknown) => body as string,
    }),
  );

/** Joiners, movers and leavers from a spreadsheet: first what it comes to, then, once somebody says so, done. */
export function PeopleListDialog({ open, onClose }: Props) {
  const { t } = useTranslation();
  const { busy, problem, attempt, forget } = useAttempt();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [rows, setRows] = useState<Listed[] | null>(null);
  const [done, setDone] = useState(false);
  const [name, setName] = useState("");
  const picker = useRef<HTMLInputElement>(null);

  const run = async (chosen: string, dryRun: boolean): Promise<void> => {
    const sent = async () => setRows((await send(chosen, dryRun)).items);
    const after = async () => {
      setDone(!dryRun);
      if (!dryRun) await queries.invalidateQueries({ queryKey: ["people"] });
    };
    if (!(await attempt(sent, after))) setRows(null);
  };
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const chosen = await file.text();
    setText(chosen);
    setName(file.name);
    await run(chosen, true);
  };
  const close = (): void => {
    setText("");
    setName("");
    setRows(null);
    setDone(false);
    forget();
    onClose();
  };
  const changes = rows?.filter((row) => row.what !== "stays" && row.what !== "refused").length ?? 0;

  return (
    <Modal
      open={open}
      title={t("people.listTitle")}
      width={720}
      onCancel={close}
      footer={[
        <Button key="close" onClick={close}>
          {t("common.close")}
        </Button>,
        !done && (
          <Button key="go" type="primary" loading={busy} disabled={changes === 0} onClick={() => void run(text, false)}>
            {t("people.listGo", { count: changes })}
          </Button>
        ),
      ]}
    >
      <p className="soft">{t("people.listLead")}</p>
      {!done && (
        <p className="file-choice">
          {/* The browser's own control speaks the browser's language, not the page's. */}
          <input
            ref={picker}
            hidden
            type="file"
            accept=".csv,text/csv"
            aria-label={t("people.listFile")}
            onChange={(e) => {
              void choose(e.target.files?.[0]);
              e.target.value = ""; // the same file, mended, may be chosen once more
            }}
          />
          <Button icon={<UploadOutlined />} onClick={() => picker.current?.click()}>{t("people.listChoose")}</Button>
          {name && <span className="soft">{name}</span>}
        </p>
      )}
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      {done && <Alert type="success" showIcon title={t("people.listDone")} role="status" />}
      {rows && <Rows rows={rows} />}
    </Modal>
  );
}

function Rows({ rows }: { rows: Listed[] }) {
  const { t } = useTranslation();
  const term = useTerm();
  return (
    <div className="scroll-x people-list" tabIndex={0}>
      <PlainTable
        label={t("people.listTitle")}
        rows={rows}
        rowKey={(row) => String(row.line)}
        columns={[
          { key: "line", title: t("people.listLine"), align: "end", render: (row) => row.line },
          { key: "login", title: t("people.login"), render: (row) => row.login },
          { key: "what", title: t("people.listWhat"), render: (row) => term("listed", row.what) },
          {
            key: "why",
            title: t("people.listWhy"),
            render: (row) => (row.enrolment_link ? <code className="link-box">{row.enrolment_link}</code> : row.reason ? term("problem", row.reason) : "—"),
          },
        ]}
      />
    </div>
  );
}
