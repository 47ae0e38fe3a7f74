import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, DatePicker, Form, Modal } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { Person } from "../api/types";
import { timeText } from "../format";
import { Listed } from "../parts/Listed";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText } from "../parts/problem-text";
import { useAttempt } from "../session/attempt";

type Mandate = { opens_at: string; closes_at: string; since: string | null; until: string | null; given_by: string; at: string };
type Draft = { open: [Dayjs, Dayjs]; events: [Dayjs, Dayjs] | null };

const MOST_DAYS = 366; // the server's own limit
const FORM = "mandate";
const TONE = { opened: "tone-good", ahead: "tone-info", over: "tone-mute", replaced: "tone-mute" };

/** Where a mandate stands; only the one given last holds. */
function standing(mandate: Mandate, holds: boolean): "replaced" | "over" | "ahead" | "opened" {
  if (!holds) return "replaced";
  const now = Date.now();
  if (Date.parse(mandate.closes_at) <= now) return "over";
  return Date.parse(mandate.opens_at) > now ? "ahead" : "opened";
}

/** What an auditor from outside may read, and when: what was given before, a new one, and its end. */
export function MandateDialog({ person, onClose }: { person: Person | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={person !== null} title={person && t("mandates.title", { name: person.name })} footer={null} onCancel={onClose} width={680} destroyOnHidden>
      {person && <Mandates person={person} />}
    </Modal>
  );
}

function Mandates({ person }: { person: Person }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const { busy, problem, attempt } = useAttempt();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const key = ["mandates", person.id];
  const params = { path: { person: person.id } };
  const mandates = useQuery({ queryKey: key, queryFn: () => taken<{ items: Mandate[] }>(api.GET("/api/v1/people/{person}/mandates", { params })) });
  const [form] = Form.useForm<Draft>();

  const fresh = () => queries.invalidateQueries({ queryKey: key });
  const give = async ({ open, events }: Draft): Promise<void> => {
    const body = {
      opens_at: open[0].toISOString(),
      closes_at: open[1].toISOString(),
      since: events?.[0]?.startOf("day").toISOString() ?? null,
      until: events?.[1]?.startOf("day").add(1, "day").toISOString() ?? null,
    };
    if (await attempt(() => taken(api.POST("/api/v1/people/{person}/mandate", { params, body })), fresh)) form.resetFields();
  };
  const end = (): void =>
    void modal.confirm({
      title: t("mandates.endTitle"),
      content: t("mandates.endLead"),
      okText: t("mandates.end"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: () => attempt(() => taken(api.POST("/api/v1/people/{person}/mandate/end", { params })), fresh),
    });

  const first = dayjs().startOf("minute");
  return (
    <>
      <p className="soft">{t("mandates.lead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Listed query={mandates}>
        {({ items }) => (items.length === 0 ? <p className="soft">{t("mandates.none")}</p> : <Given items={items} onEnd={end} />)}
      </Listed>
      <h2>{t("mandates.new")}</h2>
      <Form form={form} name={FORM} layout="vertical" requiredMark={false} initialValues={{ open: [first, first.add(14, "day")], events: null }} onFinish={(draft) => void give(draft)}>
        <Form.Item
          name="open"
          label={t("mandates.open")}
          extra={t("mandates.openHint", { days: MOST_DAYS })}
          rules={[
            { required: true, message: t("people.required") },
            { validator: (_, open: Draft["open"] | null) => (open && open[1].diff(open[0], "day", true) > MOST_DAYS ? Promise.reject(new Error(t("mandates.openRule", { days: MOST_DAYS }))) : Promise.resolve()) },
          ]}
        >
          <DatePicker.RangePicker className="wide" aria-label={t("mandates.open")} showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" placeholder={[t("common.from"), t("common.to")]} />
        </Form.Item>
        <Form.Item name="events" label={t("mandates.events")} extra={t("mandates.eventsHint")}>
          <DatePicker.RangePicker className="wide" aria-label={t("mandates.events")} allowEmpty={[true, true]} placeholder={[t("common.from"), t("common.to")]} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("mandates.give")}</Button>
      </Form>
    </>
  );
}

function Given({ items, onEnd }: { items: Mandate[]; onEnd: () => void }) {
  const { t } = useTranslation();
  const rows = items.map((mandate, place) => ({ ...mandate, state: standing(mandate, place === 0) }));
  return (
    <PlainTable
      label={t("mandates.given")}
      rows={rows}
      rowKey={(row) => row.at}
      columns={[
        { key: "open", title: t("mandates.open"), render: (row) => <span className="two-lines"><span>{timeText(row.opens_at)}</span><span>{timeText(row.closes_at)}</span></span> },
        {
          key: "events",
          title: t("mandates.events"),
          render: (row) => (row.since || row.until ? <span className="two-lines"><span>{timeText(row.since)}</span><span>{timeText(row.until)}</span></span> : t("mandates.all")),
        },
        { key: "state", title: t("people.state"), render: (row) => <span className={`state-mark ${TONE[row.state]}`}>{t(`mandates.${row.state}`)}</span> },
        {
          key: "end",
          title: t("people.actions"),
          align: "end",
          render: (row) => (row.state === "opened" || row.state === "ahead") && <Button size="small" danger onClick={onEnd}>{t("mandates.end")}</Button>,
        },
      ]}
    />
  );
}
