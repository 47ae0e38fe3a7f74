import { ArrowLeftOutlined, EyeOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { useConversation } from "../api/queries";
import type { Conversation, Revealed } from "../api/types";
import { timeText } from "../format";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";
import { Attachments } from "./Attachments";
import { type ClearText, useClearText } from "./clear-text";
import { Facts, Found, Trail } from "./ConversationAside";
import { RevealDialog } from "./RevealDialog";
import { Thread } from "./Thread";

export default function ConversationPage() {
  const { id = "" } = useParams();
  const query = useConversation(id);
  if (query.data) return <Opened key={id} conversation={query.data} />;
  if (!query.error) return <Loading />;
  return (
    <div className="page page-wide">
      <Back />
      <ErrorState error={query.error} onRetry={() => void query.refetch()} />
    </div>
  );
}

/** The way back to the list, for those who have one. */
function Back() {
  const { t } = useTranslation();
  const { may } = useSession();
  if (!may("conversation:list")) return null;
  return (
    <Link to="/conversations" className="back">
      <ArrowLeftOutlined aria-hidden /> {t("conversation.back")}
    </Link>
  );
}

function Opened({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const { expired, may } = useSession();
  const term = useTerm();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const { shown, wiped, show, hide } = useClearText(expired);
  const asks = useRef<HTMLButtonElement>(null);
  // The button that hides goes with the text: whoever pressed it by key finds themselves at the one that asks.
  useEffect(() => {
    if (wiped && document.activeElement === document.body) asks.current?.focus();
  }, [wiped]);

  const toggle = (n: number): void => setChosen((now) => (now.has(n) ? new Set([...now].filter((m) => m !== n)) : new Set([...now, n])));
  const onRevealed = (revealed: Revealed, purpose: string): void => {
    show(revealed, purpose);
    setAsking(false);
    setChosen(new Set());
    void queries.invalidateQueries({ queryKey: ["trail", conversation.id] });
  };

  const mayReveal = may("conversation:reveal");
  return (
    <div className="page page-wide">
      <Back />
      <PageHead title={[term("channel", conversation.channel), conversation.started_at && timeText(conversation.started_at)].filter(Boolean).join(" · ")}>
        {mayReveal && !shown && (
          <Button ref={asks} type="primary" icon={<EyeOutlined />} data-shortcut="r" onClick={() => setAsking(true)}>
            {chosen.size ? t("conversation.revealSome", { count: chosen.size }) : t("conversation.reveal")}
          </Button>
        )}
      </PageHead>
      <div className="split">
        <section className="card thread-card" aria-label={t("conversation.thread")}>
          <RevealBar shown={shown} wiped={wiped} onHide={hide} />
          <Thread conversation={conversation} clear={shown?.texts ?? null} chosen={chosen} onChoose={mayReveal && !shown ? toggle : undefined} />
        </section>
        <div className="split-side">
          <Facts conversation={conversation} />
          <Found findings={conversation.findings} />
          <Attachments conversation={conversation} />
          {may("audit:read") || mayReveal ? <Trail id={conversation.id} /> : null}
        </div>
      </div>
      <RevealDialog open={asking} conversation={conversation} chosen={[...chosen]} onClose={() => setAsking(false)} onRevealed={onRevealed} />
      <Watermark kind="conversation" record={conversation.id} />
    </div>
  );
}

function RevealBar({ shown, wiped, onHide }: { shown: ClearText | null; wiped: boolean; onHide: () => void }) {
  const { t } = useTranslation();
  const term = useTerm();
  if (shown)
    return (
      <div className="reveal-bar">
        <EyeOutlined aria-hidden />
        <span role="status">{t("conversation.clearNow", { purpose: term("purpose", shown.purpose) })}</span>
        <strong className="tabular">{t("conversation.clearLeft", { seconds: shown.secondsLeft })}</strong>
        <Button size="small" autoFocus onClick={onHide}>
          {t("conversation.hide")}
        </Button>
      </div>
    );
  return (
    <p className={wiped ? "wiped" : "sr-only"} role="status">
      {wiped && t("conversation.wiped")}
    </p>
  );
}
