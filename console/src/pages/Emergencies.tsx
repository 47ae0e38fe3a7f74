import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { api, taken } from "../api/client";
import { useNotices } from "../api/notices";
import { asksStepUp } from "../api/problem";
import type { Emergency } from "../api/types";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { Hand, Moment, StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { EmergencyAsk } from "./EmergencyAsk";
import { EmergencyReview } from "./EmergencyReview";

const TOPICS = ["approval"] as const;

/** Access beyond the role: asked for, let in to, ended, and judged the day after. */
export default function Emergencies() {
  const { t } = useTranslation();
  const { may } = useSession();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [judged, setJudged] = useState<Emergency | null>(null);
  const mine = !may("emergency:decide") && !may("emergency:review");
  useNotices(TOPICS, () => void queries.invalidateQueries({ queryKey: ["emergencies"] }));
  const query = useQuery({
    queryKey: ["emergencies", mine],
    queryFn: () => taken(api.GET("/api/v1/emergencies", { params: { query: { mine, limit: 200 } } })),
    refetchInterval: 20_000,
  });
  return (
    <div className="page page-wide">
      <PageHead title={t("emergencies.title")} lead={t("emergencies.lead")}>
        {may("emergency:request") && (
          <Button type="primary" onClick={() => setAsking(true)}>
            {t("emergencies.ask")}
          </Button>
        )}
      </PageHead>
      <Listed query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t("emergencies.emptyTitle")} text={t("emergencies.emptyText")} />
          ) : (
            <EmergencyTable emergencies={items} onJudge={setJudged} />
          )
        }
      </Listed>
      {asking && <EmergencyAsk onClose={() => setAsking(false)} />}
      {judged && <EmergencyReview emergency={judged} onClose={() => setJudged(null)} />}
    </div>
  );
}

function EmergencyTable({ emergencies, onJudge }: { emergencies: Emergency[]; onJudge: (emergency: Emergency) => void }) {
  const { t } = useTranslation();
  const { confirmed, may, me } = useSession();
  const { message } = App.useApp();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const times = new Map<string, number>();
  for (const one of emergencies) times.set(one.customer, (times.get(one.customer) ?? 0) + 1);

  const doing = async (what: "approve" | "refuse" | "close", emergency: string): Promise<void> => {
    try {
      await confirmed(() => taken(api.POST(`/api/v1/emergencies/{emergency}/${what}`, { params: { path: { emergency } } })));
      await queries.invalidateQueries({ queryKey: ["emergencies"] });
    } catch (error) {
      if (!asksStepUp(error)) void message.error(problemText(error));
    }
  };
  const actions = (one: Emergency) => {
    const own = one.holder === me.person.id;
    const decides = one.state === "requested" && !own && may("emergency:decide");
    return (
      <span className="row-actions">
        {decides && <Button size="small" danger onClick={() => void doing("refuse", one.id)}>{t("emergencies.refuse")}</Button>}
        {decides && <Button size="small" type="primary" onClick={() => void doing("approve", one.id)}>{t("emergencies.approve")}</Button>}
        {one.state === "open" && (own || may("emergency:decide")) && (
          <Button size="small" onClick={() => void doing("close", one.id)}>{t("emergencies.close")}</Button>
        )}
        {one.state === "closed" && !own && one.decided_by !== me.person.id && may("emergency:review") && (
          <Button size="small" type="primary" onClick={() => onJudge(one)}>{t("emergencies.judge")}</Button>
        )}
        {one.verdict && <span className={`state-mark tone-${one.verdict === "abused" ? "bad" : "good"}`}>{term("verdict", one.verdict)}</span>}
      </span>
    );
  };

  return (
    <section className="card">
      <PlainTable
        label={t("emergencies.title")}
        rows={emergencies}
        rowKey={(one) => one.id}
        columns={[
          { key: "who", title: t("emergencies.holder"), render: (one) => <Hand person={one.holder} name={one.holder_name} at={one.requested_at} /> },
          {
            key: "why",
            title: t("emergencies.reason"),
            render: (one) => (
              <span className="two-lines">
                <strong>{term("emergencyReason", one.reason)}</strong>
                <span className="soft mono">{one.reference}</span>
              </span>
            ),
          },
          { key: "customer", title: t("emergencies.customer"), render: (one) => <Whom emergency={one} times={times.get(one.customer) ?? 1} /> },
          { key: "decided", title: t("approvals.decided"), render: (one) => <Hand person={one.decided_by} name={one.decided_by_name} at={one.opened_at} /> },
          { key: "ends", title: t("emergencies.ends"), render: (one) => (one.closed_at ?? one.ends_at ? <Moment at={one.closed_at ?? one.ends_at} /> : "—") },
          {
            key: "state",
            title: t("approvals.state"),
            render: (one) => (
              <span className="two-lines">
                <StateMark family="state" code={one.state} />
                {one.review_due && !one.reviewed_at && (
                  <span className={one.overdue ? "small tone-bad" : "soft small"}>
                    {t("emergencies.review")} <Moment at={one.review_due} /> {one.overdue && t("emergencies.overdue")}
                  </span>
                )}
              </span>
            ),
          },
          { key: "actions", title: t("people.actions"), align: "end", render: actions },
        ]}
      />
    </section>
  );
}

/**
 * The customer of an emergency. The table names nobody: whoever may see them follows the link, which is an event of its
 * own; how often they were asked for is for everybody to see.
 */
function Whom({ emergency, times }: { emergency: Emergency; times: number }) {
  const { t } = useTranslation();
  const { may, me } = useSession();
  const own = emergency.holder === me.person.id;
  // The holder is let in for its minutes alone; who decides or judges looks by their own role.
  const enters = own ? emergency.state === "open" : may("customer:view");
  if (!enters && times === 1) return "—";
  return (
    <span className="two-lines">
      {enters && <Link to={`/customers/${emergency.customer}`}>{t(own ? "emergencies.open" : "emergencies.look")}</Link>}
      {times > 1 && <span className="soft small">{t("emergencies.again", { count: times })}</span>}
    </span>
  );
}
