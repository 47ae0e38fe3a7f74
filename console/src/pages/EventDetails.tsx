import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { Alert } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { Problem } from "../api/problem";
import { rootFrom } from "../api/proof";
import { useProof } from "../api/queries";
import type { EventRow, Proof } from "../api/types";
import { numberText } from "../format";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { Moment, StateMark, VerifiedMark } from "../parts/marks";
import { useTerm } from "../parts/problem-text";
import { RuleName } from "../parts/RuleName";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";

/** All that is known of one event, and its proof. */
export function EventDetails({ event }: { event: EventRow }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const term = useTerm();
  return (
    <div className="event">
      <p className="event-title">
        <strong>{term("action", event.action)}</strong> <StateMark family="outcome" code={event.outcome} />
        <VerifiedMark verified={event.verified} />
      </p>
      <dl className="facts">
        <dt>{t("events.at")}</dt>
        <dd><Moment at={event.at} precision="second" /></dd>
        <dt>{t("events.actor")}</dt>
        <dd>{event.actor.name ?? term("actor", event.actor.kind)}</dd>
        <dt>{t("events.reason")}</dt>
        <dd>{term("reason", event.reason)}</dd>
        {event.rule && <><dt>{t("events.rule")}</dt><dd><RuleName rule={event.rule} /></dd></>}
        <dt>{t("events.purpose")}</dt>
        <dd>{term("purpose", event.purpose)}</dd>
        <dt>{t("events.count")}</dt>
        <dd>{event.count ?? "—"}</dd>
        <dt>{t("events.target")}</dt>
        <dd>{term("target", event.target?.kind)} {event.target?.id && <span className="mono">{event.target.id}</span>}</dd>
        <dt>{t("events.subject")}</dt>
        <dd className={event.subject ? "mono" : undefined}>{event.subject ?? "—"}</dd>
        <dt>{t("events.conversation")}</dt>
        <dd>
          {event.conversation && may("conversation:view") ? <Link to={`/conversations/${event.conversation}`}>{t("events.openConversation")}</Link> : "—"}
        </dd>
        <dt>{t("events.id")}</dt>
        <dd className="mono">{event.id}</dd>
      </dl>
      {may("audit:verify") && <ProofOf event={event} />}
    </div>
  );
}

function ProofOf({ event }: { event: EventRow }) {
  const { t } = useTranslation();
  const proof = useProof(event.id, true);
  const pending = proof.error instanceof Problem && proof.error.status === 404;
  return (
    <section className="proof" aria-label={t("events.proof")}>
      <h2>{t("events.proof")}</h2>
      {proof.isPending && <Loading />}
      {pending && <Alert type="info" showIcon title={t("events.proofPending")} />}
      {proof.error && !pending && <ErrorState error={proof.error} onRetry={() => void proof.refetch()} />}
      {proof.data && <ProofSteps proof={proof.data} />}
    </section>
  );
}

function ProofSteps({ proof }: { proof: Proof }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [holds, setHolds] = useState<boolean | null>(null);
  useEffect(() => {
    let current = true;
    void rootFrom(proof.leaf_hash, proof.seq, proof.size, proof.path).then((root) => current && setHolds(root === proof.root));
    return () => void (current = false);
  }, [proof]);
  return (
    <>
      <p className="soft">{t("events.proofLead")}</p>
      {holds !== null && (
        <p className={holds ? "proof-verdict holds" : "proof-verdict fails"} role="status">
          {holds ? <CheckCircleFilled aria-hidden /> : <CloseCircleFilled aria-hidden />}
          {t(holds ? "events.proofHolds" : "events.proofFails")}
        </p>
      )}
      <p>{t("events.position", { seq: numberText(language, proof.seq + 1), size: numberText(language, proof.size) })}</p>
      <ol className="proof-path">
        <li><span className="soft">{t("events.leaf")}</span><code>{proof.leaf_hash}</code></li>
        {proof.path.map((step, i) => (
          <li key={step}><span className="soft">{`${t("events.path")} ${i + 1}`}</span><code>{step}</code></li>
        ))}
        <li><span className="soft">{t("events.root")}</span><code>{proof.root}</code></li>
      </ol>
      {proof.checkpoint && (
        <details>
          <summary>{t("events.checkpoint")}</summary>
          <pre>{proof.checkpoint}</pre>
        </details>
      )}
    </>
  );
}
