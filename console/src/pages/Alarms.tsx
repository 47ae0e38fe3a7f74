import "../glass.css";

import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { useNotices } from "../api/notices";
import { asksStepUp } from "../api/problem";
import { useAlarms } from "../api/queries";
import type { AlarmRow } from "../api/types";
import { shortId } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { Hand, Moment } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";

const TOPICS = ["alarm"] as const;
const TONE = { red: "bad", yellow: "warn", blue: "info" } as const;

export default function Alarms() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [unseen, setUnseen] = useState(true);
  useNotices(TOPICS, () => void queries.invalidateQueries({ queryKey: ["alarms"] }));
  return (
    <div className="page page-wide">
      <PageHead title={t("alarms.title")} lead={t("alarms.lead")}>
        <label className="row-actions">
          <Switch checked={unseen} onChange={setUnseen} aria-label={t("alarms.unseen")} /> {t("alarms.unseen")}
        </label>
      </PageHead>
      <Listed query={useAlarms(unseen)}>
        {({ items }) => (items.length === 0 ? <EmptyState title={t("alarms.emptyTitle")} text={t("alarms.emptyText")} /> : <AlarmTable alarms={items} />)}
      </Listed>
    </div>
  );
}

function AlarmTable({ alarms }: { alarms: AlarmRow[] }) {
  const { t } = useTranslation();
  const { confirmed, may, me } = useSession();
  const { message, modal } = App.useApp();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const nameOf = (alarm: AlarmRow): string => alarm.person_name ?? shortId(alarm.person);
  const seen = alarms.some((alarm) => alarm.acknowledged_at);
  const acts = may("alarm:acknowledge") || (may("session:revoke") && may("user:list"));

  const doing = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await confirmed(act);
      await queries.invalidateQueries({ queryKey: ["alarms"] });
    } catch (error) {
      if (!asksStepUp(error)) void message.error(problemText(error));
    }
  };
  const acknowledge = (alarm: AlarmRow): Promise<void> =>
    doing(() => taken(api.POST("/api/v1/alarms/{alarm}/acknowledge", { params: { path: { alarm: alarm.id } } })));
  const stop = (alarm: AlarmRow, person: string): void =>
    void modal.confirm({
      title: t("alarms.stopTitle", { name: nameOf(alarm) }),
      content: t("alarms.stopLead"),
      okText: t("alarms.stop"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: () =>
        doing(async () => {
          const { sessions } = await taken(api.POST("/api/v1/people/{person}/stop", { params: { path: { person } } }));
          void message.success(t("alarms.stopped", { count: sessions }));
        }),
    });

  return (
    <section className="card">
      <PlainTable
        label={t("alarms.title")}
        rows={alarms}
        rowKey={(alarm) => alarm.id}
        columns={[
          { key: "severity", title: t("alarms.severity"), render: (alarm) => <span className={`state-mark tone-${TONE[alarm.severity]}`}>{term("severity", alarm.severity)}</span> },
          {
            key: "what",
            title: t("alarms.what"),
            render: (alarm) => (
              <span className="two-lines">
                <span>{term("alarm", alarm.code)}</span>
                {alarm.sent.length > 0 && <span className="soft small">{t("alarms.sent", { ways: alarm.sent.map((way) => term("way", way)).join(" · ") })}</span>}
              </span>
            ),
          },
          { key: "who", title: t("alarms.who"), render: (alarm) => nameOf(alarm) },
          {
            key: "first",
            title: t("alarms.first"),
            render: (alarm) => (
              <span className="two-lines">
                <Moment at={alarm.at} />
                {alarm.count > 1 && <span className="soft small">{t("alarms.count", { count: alarm.count })}</span>}
              </span>
            ),
          },
          ...(seen ? [{ key: "seen", title: t("alarms.acknowledged"), render: (alarm: AlarmRow) => <Hand person={alarm.acknowledged_by} name={alarm.acknowledged_by_name} at={alarm.acknowledged_at} /> }] : []),
          ...(acts ? [{
            key: "actions",
            title: t("people.actions"),
            align: "end" as const,
            render: (alarm: AlarmRow) => (
              <span className="row-actions">
                {!alarm.acknowledged_at && may("alarm:acknowledge") && <Button size="small" aria-label={`${t("alarms.acknowledge")} · ${term("alarm", alarm.code)}`} onClick={() => void acknowledge(alarm)}>{t("alarms.acknowledge")}</Button>}
                {alarm.person && alarm.person !== me.person.id && may("session:revoke") && may("user:list") && (
                  <Button size="small" danger aria-label={`${t("alarms.stop")} · ${nameOf(alarm)}`} onClick={() => stop(alarm, alarm.person ?? "")}>{t("alarms.stop")}</Button>
                )}
              </span>
            ),
          }] : []),
        ]}
      />
    </section>
  );
}
