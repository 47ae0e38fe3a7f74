import { Button, Form, Input, type InputRef, Select } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { CustomerCard } from "../api/types";
import { timeText } from "../format";
import { useTerm } from "../parts/problem-text";
import { useAsking } from "./desk-asking";

type Told = { question: string; matches: boolean; at: string };

/** Is it the customer? What they answer is held against what is known; this page is told yes or no, and keeps neither. */
export function DeskVerify({ card }: { card: CustomerCard }) {
  const { t } = useTranslation();
  const term = useTerm();
  const asking = useAsking();
  const [question, setQuestion] = useState(card.questions[0]);
  const [answer, setAnswer] = useState("");
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<Told[]>([]);
  const field = useRef<InputRef>(null);

  const check = async (): Promise<void> => {
    if (!question || !answer.trim()) return;
    setBusy(true);
    await asking(async () => {
      const path = { params: { path: { customer: card.id } }, body: { question, answer: answer.trim() } };
      const { matches } = await taken(api.POST("/api/v1/customers/{customer}/verify", path));
      setTold((before) => [{ question, matches, at: new Date().toISOString() }, ...before]);
      setAnswer("");
    });
    setBusy(false);
    field.current?.focus(); // the button has nothing to send now
  };

  return (
    <section className="card">
      <h2>{t("desk.verify.title")}</h2>
      <p className="soft small">{t("desk.verify.lead")}</p>
      {question === undefined ? (
        <p className="soft">{t("desk.verify.nothing")}</p>
      ) : (
        <Form layout="inline" className="verify-form" autoComplete="off" onFinish={() => void check()}>
          <Select
            aria-label={t("desk.verify.question")}
            value={question}
            onChange={(chosen: string) => {
              setQuestion(chosen);
              setAnswer("");
            }}
            options={card.questions.map((value) => ({ value, label: term("question", value) }))}
            popupMatchSelectWidth={false}
          />
          <Input
            ref={field}
            aria-label={t("desk.verify.answer")}
            placeholder={t(question === "birth_date" ? "desk.verify.date" : "desk.verify.answer")}
            value={answer}
            onChange={(e) => setAnswer(e.target.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
          />
          <Button htmlType="submit" disabled={busy || !answer.trim()}>{t("desk.verify.go")}</Button>
        </Form>
      )}
      <ul className="answers" aria-live="polite">
        {told.map((one) => (
          <li key={one.at}>
            <span>{term("question", one.question)}</span>
            <span className="soft small tabular">{timeText(one.at).slice(11)}</span>
            <span className={`state-mark ${one.matches ? "tone-good" : "tone-warn"}`}>{t(one.matches ? "desk.verify.matches" : "desk.verify.differs")}</span>
          </li>
        ))}
      </ul>
      <p className="soft small">{t("desk.verify.entered")}</p>
    </section>
  );
}
