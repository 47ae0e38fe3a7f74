import { EyeInvisibleOutlined, EyeOutlined } from "@ant-design/icons";
import { Button, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { evidenceFor } from "../api/evidence";
import { useCard, useConversation } from "../api/queries";
import type { CustomerCard, LiveCall, Revealed } from "../api/types";
import { Listed } from "../parts/Listed";
import { FoundMarks, Moment } from "../parts/marks";
import { useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { useClearText, useInFront } from "./clear-text";
import { useAsking } from "./desk-asking";
import { DeskDraft } from "./DeskDraft";
import { DeskVerify } from "./DeskVerify";
import { PURPOSES } from "./RevealDialog";
import { Thread } from "./Thread";

type Purpose = (typeof PURPOSES)[number];

/** The customer on the line: masked, and for a purpose clear for a minute, each look signed by this browser. */
export function DeskCustomer({ call }: { call: LiveCall }) {
  const { t } = useTranslation();
  const term = useTerm();
  const [purpose, setPurpose] = useState<Purpose | null>(null);
  const why = (
    <fieldset className="card choices desk-purpose">
      <legend className="sr-only">{t("desk.purpose")}</legend>
      <h2 aria-hidden>{t("desk.purpose")}</h2>
      <Radio.Group
        value={purpose}
        onChange={(e) => setPurpose(e.target.value as Purpose)}
        options={PURPOSES.map((value) => ({ value, label: term("purpose", value) }))}
      />
      <p className="soft small">{t(purpose === null ? "desk.choosePurpose" : "desk.chosenPurpose")}</p>
    </fieldset>
  );
  return (
    <div>
      <Listed query={useCard(call.subject)}>
        {(card) => (
          <>
            <DeskVerify card={card} />
            {why}
            <Fields call={call} card={card} purpose={purpose} />
            <History call={call} card={card} purpose={purpose} />
          </>
        )}
      </Listed>
      <DeskDraft />
    </div>
  );
}

type Field = CustomerCard["fields"][number];

/** The fields with their places on the card, whose customer it is first. */
const named = (fields: Field[]): [Field, number][] =>
  fields.map((field, n): [Field, number] => [field, n]).toSorted(([a], [b]) => Number(b.name === "name") - Number(a.name === "name"));

type Props = { call: LiveCall; card: CustomerCard; purpose: Purpose | null };

function Fields({ call, card, purpose }: Props) {
  const { t } = useTranslation();
  const { me, expired } = useSession();
  const term = useTerm();
  const asking = useAsking();
  const inFront = useInFront();
  // A field is a "turn" of the card: the same timer, the same care.
  const { shown, show, hide } = useClearText(expired);

  const reveal = (names: string[]): Promise<void> =>
    asking(async () => {
      if (!purpose) return;
      const classes = [...new Set(card.fields.filter((field) => names.includes(field.name)).map((field) => field.klass))];
      const proof = await evidenceFor(me, { conversation: call.conversation, subject: call.subject, classes, purpose });
      const seen = await taken(
        api.POST("/api/v1/customers/{customer}/reveal", { params: { path: { customer: call.subject } }, body: { purpose, fields: names, proof } }),
      );
      const turns = seen.fields.map((field) => ({ n: card.fields.findIndex((known) => known.name === field.name), text: field.text }));
      show({ event: seen.event, expires_in: seen.expires_in, turns }, purpose);
    });

  return (
    <section className="card">
      <div className="row-between">
        <h2>{t("desk.customer")}</h2>
        {/* Beside the heading: what is below stays where the pointer is. */}
        <span role="status" className="tabular">{shown && t("desk.left", { seconds: shown.secondsLeft })}</span>
      </div>
      {card.fields.length === 0 && <p className="soft">{t("desk.noFields")}</p>}
      <dl className="card-fields">
        {named(card.fields).map(([field, n]) => {
          const clear = shown?.texts.get(n);
          const name = term("entity", field.name === "name" ? "person" : field.name);
          return (
            <div key={`${field.klass} ${field.name}`} className="card-field">
              <dt>{name}</dt>
              <dd>{clear === undefined ? <span className="mono">{field.masked}</span> : <span className={`clear-value${inFront ? "" : " covered"}`}>{clear}</span>}</dd>
              <dd>
                {clear === undefined ? (
                  <Button size="small" icon={<EyeOutlined />} disabled={!purpose} aria-label={t("desk.showField", { field: name })} onClick={() => void reveal([field.name])}>
                    {t("desk.show")}
                  </Button>
                ) : (
                  <Button size="small" icon={<EyeInvisibleOutlined />} aria-label={t("desk.hideField", { field: name })} onClick={hide}>
                    {t("desk.hide")}
                  </Button>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function History({ call, card, purpose }: Props) {
  const { t } = useTranslation();
  const term = useTerm();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <section className="card">
      <h2>{t("desk.history")}</h2>
      {card.conversations.length === 0 && <p className="soft">{t("desk.noHistory")}</p>}
      <ul className="history">
        {card.conversations.map((talk) => (
          <li key={talk.id}>
            <span className="row-between">
              <strong>{term("channel", talk.channel)} · <Moment at={talk.started_at} /></strong>
              <Button size="small" aria-expanded={open === talk.id} onClick={() => setOpen(open === talk.id ? null : talk.id)}>
                {t(open === talk.id ? "desk.close" : "desk.open")}
              </Button>
            </span>
            <FoundMarks findings={talk.findings} />
            {open === talk.id && <Talk id={talk.id} call={call} purpose={purpose} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

const NONE: ReadonlySet<number> = new Set();

function Talk({ id, call, purpose }: { id: string; call: LiveCall; purpose: Purpose | null }) {
  const { t } = useTranslation();
  const { me, expired } = useSession();
  const asking = useAsking();
  const query = useConversation(id);
  const { shown, show, hide } = useClearText(expired);

  const reveal = (): Promise<void> =>
    asking(async () => {
      if (!purpose) return;
      const proof = await evidenceFor(me, { conversation: call.conversation, subject: call.subject, classes: ["text"], purpose });
      const asked = api.POST("/api/v1/conversations/{conversation}/reveal", { params: { path: { conversation: id } }, body: { purpose, proof } });
      show(await taken<Revealed>(asked), purpose);
    });

  return (
    <Listed query={query}>
      {(conversation) => (
        <>
          <p className="row-between">
            <span role="status" className="tabular">{shown && t("desk.left", { seconds: shown.secondsLeft })}</span>
            {shown ? (
              <Button size="small" onClick={hide}>{t("conversation.hide")}</Button>
            ) : (
              <Button size="small" icon={<EyeOutlined />} disabled={!purpose} onClick={() => void reveal()}>{t("desk.original")}</Button>
            )}
          </p>
          <Thread conversation={conversation} clear={shown?.texts ?? null} chosen={NONE} />
        </>
      )}
    </Listed>
  );
}
