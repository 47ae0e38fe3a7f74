import { FileProtectOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { Approval } from "../api/types";
import { numberText, shortId } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { Hand, Moment, StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";
import { ApprovalDialog } from "./ApprovalDialog";
import { ExportDialog } from "./ExportDialog";
import { TraceDialog } from "./TraceDialog";

/** What waits for a second person, and what became of it. */
export default function Approvals() {
  const { t } = useTranslation();
  const { may } = useSession();
  const [asking, setAsking] = useState(false);
  const [tracing, setTracing] = useState(false);
  const [opened, setOpened] = useState<Approval | null>(null);
  const approvals = useQuery({
    queryKey: ["approvals"],
    queryFn: () => taken(api.GET("/api/v1/approvals", { params: { query: { limit: 200 } } })),
    refetchInterval: 30_000,
  });
  return (
    <div className="page page-wide">
      <PageHead title={t("approvals.title")} lead={t("approvals.lead")}>
        {may("screen:trace") && <Button onClick={() => setTracing(true)}>{t("screen.trace")}</Button>}
        {may("export:request") && (
          <Button type="primary" icon={<FileProtectOutlined />} onClick={() => setAsking(true)}>
            {t("approvals.askExport")}
          </Button>
        )}
      </PageHead>
      <Listed query={approvals}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t("approvals.emptyTitle")} text={t("approvals.emptyText")} />
          ) : (
            <ApprovalTable approvals={items} onOpen={setOpened} />
          )
        }
      </Listed>
      {opened && <ApprovalDialog approval={opened} onClose={() => setOpened(null)} />}
      {tracing && <TraceDialog onClose={() => setTracing(false)} />}
      {asking && <ExportDialog onClose={() => setAsking(false)} />}
      <Watermark kind="export" />
    </div>
  );
}

type TableProps = { approvals: Approval[]; onOpen: (approval: Approval) => void };

function ApprovalTable({ approvals, onOpen }: TableProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const term = useTerm();
  return (
    <section className="card">
      <PlainTable
        label={t("approvals.title")}
        rows={approvals}
        rowKey={(approval) => approval.id}
        columns={[
          {
            key: "what",
            title: t("approvals.what"),
            render: (approval) => (
              <span className="two-lines">
                <strong>{term("action", approval.action)}</strong>
                <span className="soft">{term("purpose", approval.purpose)}</span>
              </span>
            ),
          },
          { key: "count", title: t("approvals.count"), align: "end", render: (approval) => <span className="tabular">{numberText(language, approval.count)}</span> },
          {
            key: "requester",
            title: t("approvals.requester"),
            render: (approval) => <Hand person={approval.requester} name={approval.requester_name} at={approval.requested_at} />,
          },
          {
            key: "decided",
            title: t("approvals.decided"),
            render: (approval) => <Hand person={approval.decided_by} name={approval.decided_by_name} at={approval.decided_at} />,
          },
          { key: "expires", title: t("approvals.expires"), render: (approval) => <Moment at={approval.expires_at} /> },
          { key: "state", title: t("approvals.state"), render: (approval) => <StateMark family="state" code={approval.state} /> },
          {
            key: "open",
            title: t("people.actions"),
            align: "end",
            render: (approval) => (
              <Button size="small" onClick={() => onOpen(approval)} aria-label={`${t("approvals.open")} · ${shortId(approval.id)}`}>
                {t("approvals.open")}
              </Button>
            ),
          },
        ]}
      />
    </section>
  );
}
