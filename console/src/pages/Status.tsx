import { useTranslation } from "react-i18next";

import { useStatus } from "../api/queries";
import type { Status } from "../api/types";
import { timeText } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { useTerm } from "../parts/problem-text";

const LEVELS = ["demo", "separated", "external"] as const;

export default function StatusPage() {
  const { t } = useTranslation();
  const status = useStatus();
  return (
    <div className="page page-wide">
      <PageHead title={t("status.title")} lead={t("status.lead")} />
      <Listed query={status}>{(data) => <Known status={data} />}</Listed>
    </div>
  );
}

function Known({ status }: { status: Status }) {
  const { t } = useTranslation();
  const term = useTerm();
  return (
    <>
      <section className="card">
        <h2>{t("status.separation")}</h2>
        <ol className="separation">
          {LEVELS.map((level) => (
            <li key={level} className={level === status.level ? "here" : ""} aria-current={level === status.level ? "true" : undefined}>
              <strong>{t(`separation.${level}`)}</strong>
              <span>{t(`separationHint.${level}`)}</span>
            </li>
          ))}
        </ol>
        {status.version && <p className="soft small">{t("status.version", { version: status.version })}</p>}
      </section>
      <div className="grid grid-halves">
        <section className="card">
          <h2>{t("status.processes")}</h2>
          {status.processes.length === 0 && <EmptyState title={t("status.emptyTitle")} text={t("status.emptyText")} />}
          <ul className="processes">
            {status.processes.map((process) => (
              <li key={process.name}>
                <strong>{term("process", process.name)}</strong>
                <span className="mono soft">{process.name}</span>
                <StateMark family="state" code={process.state} />
                <span className="soft small">{process.since && t("status.since", { time: timeText(process.since) })}</span>
              </li>
            ))}
          </ul>
        </section>
        {status.checks.length > 0 && (
          <section className="card">
            <h2>{t("status.checks")}</h2>
            <ul className="processes">
              {status.checks.map((check) => (
                <li key={check.code}>
                  <strong>{term("check", check.code)}</strong>
                  <StateMark family="state" code={check.state} />
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </>
  );
}
