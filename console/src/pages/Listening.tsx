import { useTranslation } from "react-i18next";

import { useListening } from "../api/recordings";
import { clockText } from "../format";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { Moment } from "../parts/marks";

/** Who listened to what of a recording: each stretch as it was handed out. */
export function Listening({ id }: { id: string }) {
  const { t } = useTranslation();
  const log = useListening(id, true);
  return (
    <section className="card" aria-label={t("recording.heard")}>
      <h2>{t("recording.heard")}</h2>
      <p className="soft small">{t("recording.heardLead")}</p>
      {log.isPending && <Loading />}
      {log.error && <ErrorState error={log.error} onRetry={() => void log.refetch()} />}
      {log.data?.length === 0 && <p className="soft">{t("recording.heardNone")}</p>}
      <ol className="trail trail-scrolled" tabIndex={0} aria-label={t("recording.heard")}>
        {log.data?.map((row) => (
          <li key={row.event} className="trail-entry" data-first={row.first} data-end={row.end}>
            <span className="row-between">
              <strong>{row.name ?? t("recording.somebody")}</strong>
              <Moment at={row.at} />
            </span>
            <span className="tabular">
              {t("recording.heardSpan", { from: clockText(row.first), to: clockText(row.end) })}
              {row.seek && <span className="soft"> · {t("recording.jump")}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
