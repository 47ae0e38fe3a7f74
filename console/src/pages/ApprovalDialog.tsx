import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Modal, Typography } from "antd";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { pledgeFor } from "../api/evidence";
import type { Approval } from "../api/types";
import { numberText, shortId, timeText } from "../format";
import { useFocusBack } from "../parts/focus-back";
import { Hand, StateMark } from "../parts/marks";
import { useProblemText, useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { useAttempt } from "../session/attempt";
import { useSession } from "../session/session";
import { collect } from "./collect-export";
import { FORMATS } from "./ExportDialog";

type Props = { approval: Approval; onClose: () => void };

const SCOPE = ["what", "customer", "format", "channel", "language", "entity", "level", "since", "until", "before", "recipient"] as const;
const TIMES = new Set<string>(["since", "until", "before"]);

/** One request as it was fixed: exactly what leaves, shown before anybody says yes. */
export function ApprovalDialog({ approval, onClose }: Props) {
  useFocusBack();
  const { t } = useTranslation();
  const { may, me } = useSession();
  const { busy, problem, attempt } = useAttempt();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [lines, setLines] = useState<string[] | null>(null);
  const [passphrase, setPassphrase] = useState<string | null>(null);
  const path = { params: { path: { approval: approval.id } } };
  const decides = may("approval:decide") && approval.state === "requested" && approval.requester !== me.person.id;
  const revealing = approval.action === "export:reveal";
  const exporting = revealing || approval.action === "export:execute";
  const mayRun = may(revealing ? "export:reveal" : "export:execute");

  const run = async (act: () => Promise<unknown>, after: () => void = onClose): Promise<void> => {
    if (await attempt(act, () => queries.invalidateQueries({ queryKey: ["approvals"] }))) after();
  };
  const stay = (): void => undefined;
  const preview = (): Promise<void> =>
    run(async () => setLines((await taken(api.GET("/api/v1/approvals/{approval}/preview", path))).lines), stay);
  const signed = async () => ({ proof: revealing ? await pledgeFor(me, approval.id) : null });
  const approve = async () => taken(api.POST("/api/v1/approvals/{approval}/approve", { ...path, body: await signed() }));
  const execute = (): Promise<void> =>
    run(async () => {
      const begun = revealing
        ? api.POST("/api/v1/approvals/{approval}/execute-clear", { ...path, body: await signed() })
        : api.POST("/api/v1/approvals/{approval}/execute", path);
      setPassphrase((await taken(begun)).passphrase ?? "");
    }, stay);

  return (
    <Modal
      open
      title={t("approvals.dialogTitle", { id: shortId(approval.id) })}
      width={720}
      onCancel={onClose}
      footer={[
        <Button key="close" onClick={onClose}>
          {t("common.close")}
        </Button>,
        decides && (
          <Button key="no" danger disabled={busy} onClick={() => void run(() => taken(api.POST("/api/v1/approvals/{approval}/reject", path)))}>
            {t("approvals.reject")}
          </Button>
        ),
        decides && (
          // Whoever says yes to an export has seen what leaves.
          <Button
            key="yes"
            type="primary"
            disabled={busy || (exporting && lines === null)}
            onClick={() => void run(approve)}
          >
            {t("approvals.approve")}
          </Button>
        ),
        exporting && approval.state === "approved" && mayRun && passphrase === null && (
          <Button key="run" type="primary" disabled={busy} onClick={() => void execute()}>
            {t("approvals.execute")}
          </Button>
        ),
        exporting && approval.state === "executed" && approval.executed_by === me.person.id && (
          <Button key="take" type="primary" disabled={busy} onClick={() => void run(() => collect(approval.id), stay)}>
            {t("approvals.collect")}
          </Button>
        ),
      ]}
    >
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Facts approval={approval} />
      {decides && exporting && lines === null && (
        <Button onClick={() => void preview()} disabled={busy}>
          {t("approvals.preview")}
        </Button>
      )}
      {lines && (
        <>
          <p className="soft">{t(revealing ? "approvals.previewClear" : "approvals.previewLead")}</p>
          <pre className="mono scroll-x" tabIndex={0} aria-label={t("approvals.preview")}>
            {lines.join("")}
          </pre>
        </>
      )}
      {passphrase !== null && <Begun passphrase={passphrase} />}
    </Modal>
  );
}

function Facts({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const term = useTerm();
  const absent = (name: (typeof SCOPE)[number]): boolean => approval.scope[name] === null || approval.scope[name] === undefined;
  const shown = (name: (typeof SCOPE)[number]): string => {
    const value = approval.scope[name];
    if (absent(name)) return t("approvals.byPassphrase");
    if (TIMES.has(name)) return timeText(String(value));
    if (name === "what") return t(value === "recordings" ? "approvals.recordings" : "nav.conversations");
    if (name === "format") return FORMATS.find((format) => format.value === value)?.label ?? t("approvals.recordings");
    return name === "channel" || name === "entity" || name === "language" ? term(name, String(value)) : String(value);
  };
  const scoped = approval.action.startsWith("export:") ? SCOPE : [];
  const narrowed = scoped.filter((name) => name === "recipient" || !absent(name));
  const free = scoped.filter((name) => !narrowed.includes(name));
  return (
    <dl className="facts">
      <dt>{t("approvals.what")}</dt>
      <dd>{term("action", approval.action)}</dd>
      <dt>{t("approvals.count")}</dt>
      <dd className="tabular">{numberText(language, approval.count)}</dd>
      <dt>{t("approvals.values")}</dt>
      <dd>{t(approval.clear ? "approvals.clear" : "approvals.masked")}</dd>
      <dt>{t("approvals.purpose")}</dt>
      <dd>{term("purpose", approval.purpose)}</dd>
      {narrowed.map((name) => (
        <Fragment key={name}>
          <dt>{t(`approvals.scope.${name}`)}</dt>
          <dd className={(name === "recipient" || name === "customer") && approval.scope[name] ? "mono" : undefined}>{shown(name)}</dd>
        </Fragment>
      ))}
      {free.length > 0 && (
        <>
          <dt>{t("approvals.free")}</dt>
          <dd>{free.map((name) => t(`approvals.scope.${name}`)).join(" · ")}</dd>
        </>
      )}
      <dt>{t("approvals.requester")}</dt>
      <dd><Hand person={approval.requester} name={approval.requester_name} at={approval.requested_at} /></dd>
      <dt>{t("approvals.decided")}</dt>
      <dd>
        {approval.state === "requested" ? t("approvals.undecided") : <Hand person={approval.decided_by} name={approval.decided_by_name} at={approval.decided_at} />}
      </dd>
      {approval.executed_by && (
        <>
          <dt>{t("approvals.executed")}</dt>
          <dd><Hand person={approval.executed_by} name={approval.executed_by_name} at={approval.executed_at} /></dd>
        </>
      )}
      <dt>{t("approvals.expires")}</dt>
      <dd>{timeText(approval.expires_at)}</dd>
      <dt>{t("approvals.hands")}</dt>
      <dd>{t(approval.large ? "approvals.three" : "approvals.two")}</dd>
      <dt>{t("approvals.state")}</dt>
      <dd>
        <StateMark family="state" code={approval.state} />
      </dd>
    </dl>
  );
}

function Begun({ passphrase }: { passphrase: string }) {
  const { t } = useTranslation();
  return (
    <>
      <p>{t("approvals.begun")}</p>
      {passphrase && (
        <>
          <p className="soft">{t("approvals.passphraseLead")}</p>
          <Typography.Paragraph className="link-box mono" copyable={{ tooltips: [t("common.copy"), t("common.copied")] }}>
            {passphrase}
          </Typography.Paragraph>
        </>
      )}
    </>
  );
}
