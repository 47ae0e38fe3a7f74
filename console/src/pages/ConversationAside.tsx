import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useTrail } from "../api/queries";
import type { Conversation, Counts, EventRow } from "../api/types";
import { shortId, spanText } from "../format";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { FoundMarks, LevelMark, Moment, StateMark } from "../parts/marks";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";

export function Facts({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const { language } = usePreferences();
  const term = useTerm();
  return (
    <section className="card">
      <h2>{t("conversation.facts")}</h2>
      <dl className="facts">
        <dt>{t("conversation.started")}</dt>
        <dd><Moment at={conversation.started_at} precision="second" /></dd>
        <dt>{t("conversation.duration")}</dt>
        <dd>{spanText(language, conversation.started_at, conversation.ended_at)}</dd>
        <dt>{t("conversation.direction")}</dt>
        <dd>{term("direction", conversation.direction)}</dd>
        <dt>{t("conversation.language")}</dt>
        <dd>{term("language", conversation.language)}</dd>
        <dt>{t("conversation.agent")}</dt>
        <dd>{conversation.agent ?? "—"}</dd>
        <dt>{t("conversation.turns")}</dt>
        <dd>{conversation.turn_count}</dd>
        <dt>{t("conversation.subject")}</dt>
        <dd>
          {conversation.subject && may("customer:view") ? (
            <Link to={`/customers/${conversation.subject}`}>{t("customer.open")}</Link>
          ) : (
            <span className="mono">{shortId(conversation.subject)}</span>
          )}
        </dd>
        <dt>{t("conversations.levelFrom")}</dt>
        <dd><LevelMark level={conversation.level} named /></dd>
      </dl>
    </section>
  );
}

export function Found({ findings }: { findings: Counts }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("conversation.found")}</h2>
      <FoundMarks findings={findings} most={99} wrap />
    </section>
  );
}

export function Trail({ id }: { id: string }) {
  const { t } = useTranslation();
  const trail = useTrail(id, true);
  return (
    <section className="card">
      <h2>{t("conversation.trail")}</h2>
      <p className="soft small">{t("conversation.trailLead")}</p>
      {trail.isPending && <Loading />}
      {trail.error && <ErrorState error={trail.error} onRetry={() => void trail.refetch()} />}
      {trail.data?.items.length === 0 && <p className="soft">{t("conversation.trailEmpty")}</p>}
      <ol className="trail">
        {trail.data?.items.slice(0, 30).map((event) => <TrailEntry key={event.id} event={event} />)}
      </ol>
    </section>
  );
}

function TrailEntry({ event }: { event: EventRow }) {
  const term = useTerm();
  return (
    <li className={event.action.endsWith(":reveal") ? "trail-entry trail-reveal" : "trail-entry"}>
      <span className="row-between">
        <strong>{event.actor.name ?? term("actor", event.actor.kind)}</strong>
        <Moment at={event.at} />
      </span>
      <span className="row-between">
        <span>
          {term("action", event.action)}
          {event.purpose && <span className="soft"> · {term("purpose", event.purpose)}</span>}
        </span>
        <StateMark family="outcome" code={event.outcome} />
      </span>
    </li>
  );
}
