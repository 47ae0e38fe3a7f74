import { CheckCircleFilled, ClockCircleOutlined } from "@ant-design/icons";
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";

import { shortId, timeText } from "../format";
import { useSessionIfAny } from "../session/session";
import { useTerm } from "./problem-text";

/** A level from 1 (public) to 5 (most sensitive): a number on a colour, so that colour alone carries nothing. */
export function LevelMark({ level, named = false }: { level: number; named?: boolean }) {
  const { t } = useTranslation();
  const term = useTerm();
  const name = term("level", level);
  if (named) return <span className={`level level-${level}`}>{t("common.levelNamed", { level, name })}</span>;
  return (
    <Tooltip title={t("common.levelNamed", { level, name })}>
      <span className={`level level-${level}`}>{t("common.level", { level })}</span>
    </Tooltip>
  );
}

/** A few kinds of data found, the rest as a number. */
export function FoundMarks({ findings, most = 3, wrap = false }: { findings: Record<string, number>; most?: number; wrap?: boolean }) {
  const { t } = useTranslation();
  const term = useTerm();
  const kinds = Object.entries(findings).toSorted((a, b) => b[1] - a[1]);
  if (kinds.length === 0) return <span className="soft">{t("common.noPersonalData")}</span>;
  const rest = kinds.slice(most);
  return (
    <span className={wrap ? "found found-wrap" : "found"}>
      {kinds.slice(0, most).map(([entity, count]) => (
        <span key={entity} className="found-mark">
          {term("entity", entity)}
          {count > 1 && <b>{count}</b>}
        </span>
      ))}
      {rest.length > 0 && (
        <Tooltip title={rest.map(([entity, count]) => `${term("entity", entity)} ${count}`).join(" · ")}>
          <span className="found-mark found-rest">+{rest.length}</span>
        </Tooltip>
      )}
    </span>
  );
}

const TONE: Record<string, string> = {
  allowed: "good",
  denied: "bad",
  step_up: "warn",
  needs_approval: "warn",
  failed: "bad",
  requested: "warn",
  approved: "good",
  rejected: "bad",
  expired: "mute",
  executed: "info",
  refused: "bad",
  closed: "warn",
  reviewed: "good",
  running: "info",
  paused: "warn",
  cancelled: "mute",
  open: "info",
  finished: "good",
  interrupted: "warn",
  active: "good",
  invited: "info",
  deactivated: "mute",
  locked: "bad",
  ok: "good",
  up: "good",
  healthy: "good",
  degraded: "warn",
  warning: "warn",
  down: "bad",
  landing: "info",
  landed: "info",
  scanning: "info",
  redacted: "good",
  quarantined: "warn",
  destroyed: "mute",
  read: "good",
  unread: "info",
  withheld: "mute",
  awaited: "warn",
};

/** An outcome or a state: a dot and its word. */
export function StateMark({ family, code }: { family: "outcome" | "state"; code: string }) {
  const term = useTerm();
  return <span className={`state-mark tone-${TONE[code] ?? "mute"}`}>{term(family, code)}</span>;
}

/** A recording whose time is over is gone: its key is destroyed, not merely late. */
export function stateCode(recording: string): string {
  return recording === "expired" ? "destroyed" : recording;
}

export function VerifiedMark({ verified }: { verified: boolean }) {
  const { t } = useTranslation();
  return (
    <Tooltip title={t(verified ? "events.verifiedHint" : "events.pendingHint")}>
      <span className={verified ? "verified" : "verified pending"}>
        {verified ? <CheckCircleFilled aria-hidden /> : <ClockCircleOutlined aria-hidden />}
        {t(verified ? "events.verified" : "events.pending")}
      </span>
    </Tooltip>
  );
}

export function Moment({ at, precision }: { at: string | null | undefined; precision?: "minute" | "second" }) {
  // Figures stand under each other; the signs between them keep their own width.
  const pieces = timeText(at, precision).split(/([-:])/);
  return (
    <time dateTime={at ?? undefined} className="tabular">
      {pieces.map((piece, i) => (i % 2 ? <span key={i} className="between">{piece}</span> : piece))}
    </time>
  );
}

type HandProps = { person: string | null; name: string | null; at?: string | null };

/** Somebody who did a part of it, and when; a dash for nobody yet. */
export function Hand({ person, name, at }: HandProps) {
  const { t } = useTranslation();
  const mine = useSessionIfAny()?.me.person.id === person;
  if (!person) return "—";
  return (
    <span className="two-lines">
      {mine ? <strong>{t("common.me")}</strong> : name === null ? <span className="mono">{shortId(person)}</span> : <span>{name}</span>}
      {at && <span className="soft small"><Moment at={at} /></span>}
    </span>
  );
}
