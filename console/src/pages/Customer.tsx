import "../glass.css";

import { EyeOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import { useCard } from "../api/queries";
import type { components } from "../api/schema";
import type { CustomerCard } from "../api/types";
import { timeText } from "../format";
import { useFocusBack } from "../parts/focus-back";
import { Listed } from "../parts/Listed";
import { Moment } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";
import { useClearText, useInFront } from "./clear-text";
import { PURPOSES } from "./RevealDialog";

type Change = components["schemas"]["ChangeOut"];

/** One customer: masked fields, clear for a purpose, and what was changed of them. */
export default function Customer() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  return (
    <div className="page">
      <PageHead title={t("customer.title")} lead={t("customer.lead")} />
      <Listed query={useCard(id)}>
        {(card) => (
          <>
            <Fields id={id} card={card} />
            <History id={id} />
          </>
        )}
      </Listed>
      <Watermark kind="customer" record={id} />
    </div>
  );
}

/** Do it with what it takes, say what was refused, and draw the customer anew. */
function useDoing(id: string): (act: () => Promise<unknown>) => Promise<void> {
  const { confirmed } = useSession();
  const { message } = App.useApp();
  const problemText = useProblemText();
  const queries = useQueryClient();
  return async (act) => {
    try {
      await confirmed(act);
      await queries.invalidateQueries({ queryKey: ["card", id] });
      await queries.invalidateQueries({ queryKey: ["history", id] });
    } catch (error) {
      if (!asksStepUp(error)) void message.error(problemText(error));
    }
  };
}

const nameOfField = (name: string): string => (name === "name" ? "person" : name);

function Fields({ id, card }: { id: string; card: CustomerCard }) {
  const { t } = useTranslation();
  const { expired, may } = useSession();
  const term = useTerm();
  const doing = useDoing(id);
  const inFront = useInFront();
  const [purpose, setPurpose] = useState<(typeof PURPOSES)[number] | null>(null);
  const [changing, setChanging] = useState<string | null>(null);
  const { shown, show, hide } = useClearText(expired);

  const reveal = (name: string): Promise<void> =>
    doing(async () => {
      if (!purpose) return;
      const seen = await taken(api.POST("/api/v1/customers/{customer}/reveal", { params: { path: { customer: id } }, body: { purpose, fields: [name] } }));
      const turns = seen.fields.map((field) => ({ n: card.fields.findIndex((known) => known.name === field.name), text: field.text }));
      show({ event: seen.event, expires_in: seen.expires_in, turns }, purpose);
    });

  return (
    <section className="card">
      <h2>{t("customer.fields")}</h2>
      <fieldset className="choices customer-purpose">
        <legend>{t("desk.purpose")}</legend>
        <Radio.Group value={purpose} onChange={(e) => setPurpose(e.target.value as (typeof PURPOSES)[number])} options={PURPOSES.map((value) => ({ value, label: term("purpose", value) }))} />
      </fieldset>
      {shown && (
        <p className="row-between">
          <span role="status" className="tabular">{t("desk.left", { seconds: shown.secondsLeft })}</span>
          <Button size="small" onClick={hide}>{t("desk.hideAll")}</Button>
        </p>
      )}
      {card.fields.length === 0 && <p className="soft">{t("desk.noFields")}</p>}
      <dl className="card-fields">
        {card.fields.map((field, n) => {
          const clear = shown?.texts.get(n);
          const name = term("entity", nameOfField(field.name));
          return (
            <div key={`${field.klass} ${field.name}`} className="card-field">
              <dt>{name}</dt>
              <dd>{clear === undefined ? <span className="mono">{field.masked}</span> : <span className={`clear-value${inFront ? "" : " covered"}`}>{clear}</span>}</dd>
              <dd className="row-actions">
                {clear === undefined && (
                  <Button size="small" icon={<EyeOutlined />} disabled={!purpose} aria-label={t("desk.showField", { field: name })} onClick={() => void reveal(field.name)}>
                    {t("desk.show")}
                  </Button>
                )}
                {may("customer:change") && (
                  <Button size="small" aria-label={t("customer.changeTitle", { field: name })} onClick={() => setChanging(field.name)}>
                    {t("customer.change")}
                  </Button>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
      {changing && <ChangeDialog id={id} field={changing} onClose={() => setChanging(null)} />}
    </section>
  );
}

function ChangeDialog({ id, field, onClose }: { id: string; field: string; onClose: () => void }) {
  useFocusBack();
  const { t } = useTranslation();
  const term = useTerm();
  const doing = useDoing(id);
  const [form] = Form.useForm<{ value: string }>();
  const change = ({ value }: { value: string }): Promise<void> =>
    doing(async () => {
      await taken(api.POST("/api/v1/customers/{customer}/change", { params: { path: { customer: id } }, body: { fields: { [field]: value } } }));
      onClose();
    });
  return (
    <Modal open title={t("customer.changeTitle", { field: term("entity", nameOfField(field)) })} okText={t("customer.change")} cancelText={t("common.cancel")} onOk={() => form.submit()} onCancel={onClose} width={440}>
      <p className="soft">{t("customer.changeLead")}</p>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(value) => void change(value)}>
        <Form.Item name="value" label={t("customer.newValue")} rules={[{ required: true, whitespace: true, message: t("people.required") }]}>
          <Input autoFocus autoComplete="off" maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function History({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["history", id],
    queryFn: () => taken(api.GET("/api/v1/customers/{customer}/history", { params: { path: { customer: id } } })),
    retry: false,
  });
  return (
    <section className="card">
      <h2>{t("customer.history")}</h2>
      <Listed query={query}>
        {({ items }) => (items.length === 0 ? <p className="soft">{t("customer.historyNone")}</p> : <ol className="trail">{items.map((one) => <Entry key={one.id} id={id} change={one} />)}</ol>)}
      </Listed>
    </section>
  );
}

function Entry({ id, change }: { id: string; change: Change }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const term = useTerm();
  const doing = useDoing(id);
  const undoable = change.state === "stands" && may("customer:undo");
  return (
    <li className="trail-entry">
      <span className="row-between">
        <strong>{t(`customer.kind.${change.kind}`)} · {t(`customer.state.${change.state}`)}</strong>
        <Moment at={change.at} />
      </span>
      {Object.keys(change.after).map((name) => (
        <span key={name}>
          {term("entity", nameOfField(name))}: <span className="mono">{change.before[name] ?? t("customer.absent")} → {change.after[name] ?? t("customer.absent")}</span>
        </span>
      ))}
      {undoable && (
        <span className="row-between">
          <span className="soft small">{t("customer.undoUntil", { time: timeText(change.undo_until) })}</span>
          <Button size="small" onClick={() => void doing(() => taken(api.POST("/api/v1/changes/{change}/undo", { params: { path: { change: change.id } } })))}>
            {t("customer.undo")}
          </Button>
        </span>
      )}
    </li>
  );
}
