import { Checkbox, Tooltip } from "antd";
import { useTranslation } from "react-i18next";

import { pieces } from "../api/text";
import type { Conversation, Finding, Turn } from "../api/types";
import { timeText } from "../format";
import { useTerm } from "../parts/problem-text";
import { useInFront } from "./clear-text";

type Props = {
  conversation: Conversation;
  /** Turn number -> clear text, while it may be shown. */
  clear: ReadonlyMap<number, string> | null;
  chosen: ReadonlySet<number>;
  onChoose?: (n: number) => void;
};

const sideOf = (speaker: string): string => (speaker === "system" ? "middle" : speaker === "agent" || speaker === "bot" ? "us" : "them");

/** The turns as they were said, the center on the right, the customer and whoever is unknown on the left. */
export function Thread({ conversation, clear, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const inFront = useInFront();
  const lang = conversation.language === "zh" ? "zh-CN" : (conversation.language ?? undefined);
  return (
    <ol className="thread" lang={lang}>
      {conversation.turns.map((turn, i) => {
        // A turn in which nothing was masked is the same either way: only what is in the clear stands out.
        const text = clear?.get(turn.n) === turn.text ? undefined : clear?.get(turn.n);
        const goesOn = conversation.turns[i - 1]?.speaker === turn.speaker;
        return (
          <li key={turn.n} className={`turn turn-${sideOf(turn.speaker)}${goesOn ? " turn-on" : ""}`}>
            {!goesOn && <TurnHead turn={turn} />}
            <div className="turn-line">
              <div className={text === undefined ? "bubble" : `bubble bubble-clear${inFront ? "" : " covered"}`}>
                {text === undefined ? <Masked turn={turn} /> : text}
              </div>
              {onChoose && (turn.findings.length > 0 || chosen.has(turn.n)) && (
                <Checkbox
                  className="turn-choice"
                  checked={chosen.has(turn.n)}
                  onChange={() => onChoose(turn.n)}
                  aria-label={t("conversation.revealTurn", { n: turn.n + 1 })}
                />
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function TurnHead({ turn }: { turn: Turn }) {
  const term = useTerm();
  const { i18n } = useTranslation();
  return (
    <div className="turn-head" lang={i18n.language === "zh" ? "zh-CN" : "en"}>
      <strong>{term("speaker", turn.speaker)}</strong>
      {turn.at && <time dateTime={turn.at}>{timeText(turn.at).slice(11)}</time>}
    </div>
  );
}

function Masked({ turn }: { turn: Turn }) {
  return pieces(turn.text, turn.findings).map((piece, i) =>
    // Pieces of one text never change places.
    piece.finding ? <Mark key={i} text={piece.text} finding={piece.finding} /> : <span key={i}>{piece.text}</span>,
  );
}

function Mark({ text, finding }: { text: string; finding: Finding }) {
  const { t } = useTranslation();
  const term = useTerm();
  const name = term("entity", finding.entity);
  const hint = finding.entity === "secret" ? t("conversation.cutHint") : t("common.levelNamed", { level: finding.level, name: term("level", finding.level) });
  return (
    <Tooltip title={`${name} · ${hint}`}>
      <mark className={`mark level-${finding.level}`}>
        {text}
        <span className="mark-name">{name}</span>
      </mark>
    </Tooltip>
  );
}
