import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import { usePeople } from "../api/queries";
import type { components } from "../api/schema";
import { shortId, timeText } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { Moment } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";

type Review = components["schemas"]["CampaignOut"];
type Item = components["schemas"]["ReviewItemOut"];

const TONE = { open: "warn", kept: "good", removed: "bad" } as const;

/** Every person's rights, quarter by quarter: kept or removed by one click. */
export default function Reviews() {
  const { t } = useTranslation();
  const { may } = useSession();
  const doing = useDoing();
  const reviews = useQuery({ queryKey: ["reviews"], queryFn: () => taken(api.GET("/api/v1/reviews")) });
  return (
    <div className="page page-wide">
      <PageHead title={t("reviews.title")} lead={t("reviews.lead")}>
        {may("review:open") && reviews.data?.items.length === 0 && (
          <Button type="primary" onClick={() => void doing(() => taken(api.POST("/api/v1/reviews")))}>
            {t("reviews.open")}
          </Button>
        )}
      </PageHead>
      <Listed query={reviews}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t("reviews.emptyTitle")} text={t("reviews.emptyText")} />
          ) : (
            items.map((review) => <Campaign key={review.id} review={review} />)
          )
        }
      </Listed>
    </div>
  );
}

/** Do it, with what it takes, and draw the reviews anew. */
function useDoing(): (act: () => Promise<unknown>) => Promise<void> {
  const { confirmed } = useSession();
  const { message } = App.useApp();
  const problemText = useProblemText();
  const queries = useQueryClient();
  return async (act) => {
    try {
      await confirmed(act);
      await queries.invalidateQueries({ queryKey: ["reviews"] });
    } catch (error) {
      if (!asksStepUp(error)) void message.error(problemText(error));
    }
  };
}

function Campaign({ review }: { review: Review }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const doing = useDoing();
  const path = { params: { path: { review: review.id } } };
  const whole = useQuery({ queryKey: ["reviews", review.id], queryFn: () => taken(api.GET("/api/v1/reviews/{review}", path)) });
  const decided = whole.data?.items.every((item) => item.verdict !== "open") ?? false;
  return (
    <section className="card">
      <div className="row-between">
        <h2>{review.quarter}</h2>
        <span className="row-actions">
          {review.closed_at ? (
            <span className="soft">{t("reviews.closed", { time: timeText(review.closed_at), digest: review.sha256?.slice(0, 16) ?? "" })}</span>
          ) : (
            <span className={review.overdue ? "state-mark tone-warn" : "soft"}>{t(review.overdue ? "reviews.overdue" : "reviews.due", { time: timeText(review.due_at) })}</span>
          )}
          {!review.closed_at && may("review:close") && (
            <Button type="primary" disabled={!decided} onClick={() => void doing(() => taken(api.POST("/api/v1/reviews/{review}/close", path)))}>
              {t("reviews.close")}
            </Button>
          )}
        </span>
      </div>
      <Listed query={whole}>{({ items }) => <Items review={review} items={items} />}</Listed>
    </section>
  );
}

function Items({ review, items }: { review: Review; items: Item[] }) {
  const { t } = useTranslation();
  const { may, me } = useSession();
  const { modal } = App.useApp();
  const term = useTerm();
  const doing = useDoing();
  const people = usePeople(may("user:list"));
  const nameOf = (person: string): string => people.data?.items.find((known) => known.id === person)?.name ?? shortId(person);
  const decide = (what: "keep" | "remove", person: string): Promise<void> =>
    doing(() => taken(api.POST(`/api/v1/reviews/{review}/${what}`, { params: { path: { review: review.id }, query: { person } } })));
  const remove = (person: string): void =>
    void modal.confirm({
      title: t("reviews.removeTitle"),
      content: t("reviews.removeLead"),
      okText: t("reviews.remove"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: () => decide("remove", person),
    });
  return (
    <PlainTable
      label={review.quarter}
      rows={items}
      rowKey={(item) => item.person}
      columns={[
        { key: "person", title: t("reviews.person"), render: (item) => nameOf(item.person) },
        { key: "role", title: t("reviews.role"), render: (item) => term("role", item.role) },
        {
          key: "rights",
          title: t("reviews.rights"),
          render: (item) => (
            <Tooltip title={item.actions.map((action) => term("action", action)).join(" · ")}>
              <span tabIndex={0}>{t("reviews.rightsCount", { count: item.actions.length })}</span>
            </Tooltip>
          ),
        },
        { key: "seen", title: t("reviews.seen"), render: (item) => <Moment at={item.seen_at} /> },
        { key: "devices", title: t("reviews.devices"), align: "end", render: (item) => item.devices },
        { key: "verdict", title: t("reviews.verdict"), render: (item) => <span className={`state-mark tone-${TONE[item.verdict]}`}>{term("verdict", item.verdict)}</span> },
        {
          key: "actions",
          title: t("people.actions"),
          align: "end",
          render: (item) =>
            item.verdict === "open" && item.person !== me.person.id && may("review:decide") ? (
              <span className="row-actions">
                <Button size="small" danger onClick={() => remove(item.person)}>{t("reviews.remove")}</Button>
                <Button size="small" onClick={() => void decide("keep", item.person)}>{t("reviews.keep")}</Button>
              </span>
            ) : null,
        },
      ]}
    />
  );
}
