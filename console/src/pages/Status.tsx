import { useTranslation } from "react-i18next";

import { useStatus } from "../api/queries";
import type { Status } from "../api/types";
import { timeText } from "../format";
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
      </section>
      <div className="grid grid-halves">
        <Processes status={status} />
        <section className="card">
          <h2>{t("status.policies")}</h2>
          <p className="soft">{t("status.policiesText")}</p>
          <code>{status.policy_set}</code>
        </section>
      </div>
    </>
  );
}

/** Each process that reports; where none does, the one thing this page can see for itself. */
function Processes({ status }: { status: Status }) {
  const { t } = useTranslation();
  const term = useTerm();
  const database = { name: "postgres", state: status.database ? "ok" : "down", since: null };
  return (
    <section className="card">
      <h2>{t("status.processes")}</h2>
      <ul className="processes">
        {(status.processes ?? [database]).map((process) => (
          <li key={process.name}>
            <strong>{term("process", process.name)}</strong>
            <span className="mono soft">{process.name}</span>
            <StateMark family="state" code={process.state} />
            <span className="soft small">{process.since && t("status.since", { time: timeText(process.since) })}</span>
          </li>
        ))}
      </ul>
      <p className="soft small hint-below">{t("status.doctor")}</p>
    </section>
  );
}
