import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { IntakeRun } from "../api/types";
import { numberText, spanText } from "../format";
import { Moment, StateMark } from "../parts/marks";
import { PlainTable } from "../parts/PlainTable";
import { usePreferences } from "../preferences";

export function RunList({ runs }: { runs: IntakeRun[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const say = (n: number): string => numberText(language, n);
  return (
    <PlainTable
      label={t("intake.title")}
      rows={runs}
      rowKey={(run) => run.id}
      columns={[
        { key: "at", title: t("intake.started"), render: (run) => <Link to={`/intake/${run.id}`}><Moment at={run.started_at} /></Link> },
        { key: "state", title: t("intake.state"), render: (run) => <StateMark family="state" code={run.state} /> },
        { key: "taken", title: t("intake.taken"), align: "end", render: (run) => say(run.taken) },
        { key: "messages", title: t("intake.messages"), align: "end", render: (run) => say(run.messages) },
        { key: "duplicates", title: t("intake.duplicates"), align: "end", render: (run) => say(run.duplicates) },
        { key: "changed", title: t("intake.changed"), align: "end", render: (run) => say(run.changed) },
        { key: "rejected", title: t("intake.rejected"), align: "end", render: (run) => <span className={run.rejected ? "bad" : ""}>{say(run.rejected)}</span> },
        { key: "secrets", title: t("intake.secrets"), align: "end", render: (run) => say(run.secrets_cut) },
        { key: "took", title: t("intake.took"), align: "end", render: (run) => spanText(language, run.started_at, run.finished_at) },
      ]}
    />
  );
}
