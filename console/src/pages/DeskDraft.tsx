import { Alert, Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { JudgedMessage } from "../api/types";
import { useAsking } from "./desk-asking";

/** What an agent is about to write, judged before the customer reads it. Nothing of it is kept, here or there. */
export function DeskDraft() {
  const { t, i18n } = useTranslation();
  const asking = useAsking();
  const [text, setText] = useState("");
  const [judged, setJudged] = useState<{ text: string; found: JudgedMessage } | null>(null);
  const [busy, setBusy] = useState(false);

  const check = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    await asking(async () => setJudged({ text, found: await taken(api.POST("/api/v1/messages/check", { body: { text } })) }));
    setBusy(false);
  };

  const letters = judged ? [...judged.text] : [];
  return (
    <section className="card">
      <h2>{t("desk.draft.title")}</h2>
      <p className="soft small">{t("desk.draft.lead")}</p>
      <Input.TextArea
        aria-label={t("desk.draft.text")}
        placeholder={t("desk.draft.text")}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          setJudged(null);
        }}
        rows={3}
        maxLength={20_000}
        autoComplete="off"
      />
      <p className="draft-go">
        <Button aria-busy={busy} disabled={!text.trim()} onClick={() => void check()}>{t("desk.draft.go")}</Button>
      </p>
      <div aria-live="polite">
        {judged?.found.verdict === "allow" && <Alert type="success" showIcon title={t("desk.draft.fine")} />}
        {judged?.found.asks.map((ask) => (
          <Alert
            key={ask.entity}
            type="warning"
            showIcon
            title={t("desk.draft.warn", { what: letters.slice(ask.start, ask.end).join("").trim() })}
            description={i18n.language.startsWith("zh") ? ask.why_zh : ask.why_en}
          />
        ))}
      </div>
    </section>
  );
}
