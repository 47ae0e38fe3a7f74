import "../glass.css";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { CLOCK } from "../api/device";
import { useNotices } from "../api/notices";
import { useDesk } from "../api/queries";
import type { LiveCall } from "../api/types";
import { timeText } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { PageHead } from "../parts/PageHead";
import { Watermark } from "../shell/Watermark";
import { DeskCustomer } from "./DeskCustomer";

const TOPICS = ["live"] as const;

/** The server's time, ticking each second: what is over leaves the page by itself, whatever the network does. */
function useServerClock(): number {
  const [now, setNow] = useState(() => Date.now() + CLOCK.ahead);
  useEffect(() => {
    const clock = window.setInterval(() => setNow(Date.now() + CLOCK.ahead), 1_000);
    return () => window.clearInterval(clock);
  }, []);
  return now;
}

export default function Desk() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  useNotices(TOPICS, () => void queries.invalidateQueries({ queryKey: ["desk"] }));
  return (
    <div className="page page-wide">
      <PageHead title={t("desk.title")} lead={t("desk.lead")} />
      <Listed query={useDesk()}>{({ items }) => <Calls calls={items} />}</Listed>
      <Watermark kind="customer" />
    </div>
  );
}

function Calls({ calls }: { calls: LiveCall[] }) {
  const { t } = useTranslation();
  const now = useServerClock();
  const [chosen, setChosen] = useState<string | null>(null);
  const going = calls.filter((call) => Date.parse(call.closes_at) > now);
  // Until the agent chooses, the customer who can be served stands first.
  const first = going.find((call) => isOpen(call, now)) ?? going[0];
  const shown = going.find((call) => call.id === chosen) ?? (chosen === null ? first : undefined);
  if (!going.length) return <EmptyState title={t("desk.emptyTitle")} text={t("desk.emptyText")} />;
  return (
    <div className="desk">
      <ul className="desk-list" aria-label={t("desk.list")}>
        {going.map((call) => (
          <li key={call.id}>
            <button type="button" className="desk-call" aria-current={call.id === shown?.id} onClick={() => setChosen(call.id)}>
              <strong>{t(call.outbound ? "desk.outbound" : "desk.inbound")}</strong>
              <span className="soft small tabular">{t("desk.since", { time: timeText(call.started_at, "second").slice(11) })}</span>
              <CallState call={call} now={now} />
            </button>
          </li>
        ))}
      </ul>
      {shown && isOpen(shown, now) && <DeskCustomer key={shown.id} call={shown} />}
      {shown && !isOpen(shown, now) && <section className="card"><EmptyState title={t("desk.waiting")} text={t("desk.waitingText")} /></section>}
      {!shown && <section className="card"><p role="status">{t("desk.gone")}</p></section>}
    </div>
  );
}

const isOpen = (call: LiveCall, now: number): boolean => call.opens_at !== null && Date.parse(call.opens_at) <= now;

const secondsTo = (at: string, now: number): number => Math.max(0, Math.ceil((Date.parse(at) - now) / 1000));

function CallState({ call, now }: { call: LiveCall; now: number }) {
  const { t } = useTranslation();
  if (call.ended_at) return <span className="state-mark tone-warn">{t("desk.wrapUp", { count: secondsTo(call.closes_at, now) })}</span>;
  if (call.opens_at === null) return <span className="state-mark tone-mute">{t("desk.waiting")}</span>;
  if (!isOpen(call, now)) return <span className="state-mark tone-mute">{t("desk.opening", { count: secondsTo(call.opens_at, now) })}</span>;
  return <span className="state-mark tone-good">{t("desk.live")}</span>;
}
