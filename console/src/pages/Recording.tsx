import { ArrowLeftOutlined, CaretRightOutlined, PauseOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Select } from "antd";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { evidenceFor } from "../api/evidence";
import { asksStepUp } from "../api/problem";
import { piecesOf, type Recording, secondOf, useRecording } from "../api/recordings";
import type { Me } from "../api/types";
import { clockText, timeText } from "../format";
import { Listed } from "../parts/Listed";
import { FoundMarks, Moment, stateCode, StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";
import { PURPOSES } from "./RevealDialog";
import { SecondPlayer } from "./second-player";
import { Listening } from "./Listening";
import { Waveform } from "./Waveform";

export default function RecordingPage() {
  const { id = "" } = useParams();
  const { t } = useTranslation();
  const query = useRecording(id);
  return (
    <div className="page page-wide">
      <Link to="/recordings" className="back">
        <ArrowLeftOutlined aria-hidden /> {t("recording.back")}
      </Link>
      <Listed query={query}>{(recording) => <Opened key={id} recording={recording} />}</Listed>
      <Watermark kind="recording" record={id} />
    </div>
  );
}

function Opened({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const player = usePlayer(recording);
  const playable = recording.state === "redacted";
  return (
    <>
      <PageHead title={t("recording.title", { at: timeText(recording.started_at ?? recording.landed_at) })} />
      {!playable && <Standing recording={recording} />}
      {playable && (
        <div className="split">
          <section className="card" aria-label={t("recording.player")}>
            {may("recording:play") && <Controls recording={recording} player={player} />}
            {recording.harms.length > 0 && <Alert type="error" showIcon title={t("recording.harmed", { count: recording.harms.length })} />}
            <Waveform recording={recording} at={player.at} heard={player.heard} onSeek={player.seek} />
            <Lines recording={recording} at={player.at} onSeek={player.seek} />
          </section>
          <div className="split-side">
            <Facts recording={recording} />
            {may("audit:read") && <Listening id={recording.id} />}
          </div>
        </div>
      )}
    </>
  );
}

function Standing({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const term = useTerm();
  const bad = recording.state === "quarantined" || recording.state === "expired";
  const why = recording.reason ? t(`quarantine.${recording.reason}` as never, { defaultValue: term("quarantine", recording.reason) }) : t("recordings.underWay");
  return (
    <section className="card stack">
      <StateMark family="state" code={stateCode(recording.state)} />
      <Alert type={bad ? "warning" : "info"} showIcon title={why} />
      {recording.expires_at && recording.state !== "expired" && <p className="soft">{t("recording.expires", { at: timeText(recording.expires_at) })}</p>}
    </section>
  );
}

type Player = {
  at: number;
  playing: boolean;
  heard: number[];
  busy: boolean;
  problem: unknown;
  purpose: string | null;
  choose: (purpose: string) => void;
  toggle: () => void;
  seek: (at: number) => void;
};

const SIGNED_FOR = 4 * 60_000; // milliseconds: a reviewer's ticket lasts five minutes

/** Fetches seconds; this browser signs for the first, and again before the key service's leave runs out. */
function listening(me: Me, recording: Recording, purpose: () => string): (n: number) => Promise<ArrayBuffer> {
  let signed: { at: number; purpose: string } | null = null;
  return async (n) => {
    const why = purpose();
    const again = signed === null || signed.purpose !== why || Date.now() - signed.at > SIGNED_FOR;
    const opening = { conversation: null, subject: recording.subject, classes: ["voice"], purpose: why };
    const evidence = again ? await evidenceFor(me, opening) : null;
    const second = await secondOf(recording, n, why, evidence).catch((error: unknown) => {
      signed = null;
      throw error;
    });
    if (again) signed = { at: Date.now(), purpose: why };
    return second;
  };
}

function usePlayer(recording: Recording): Player {
  const { confirmed, expired, me } = useSession();
  const queries = useQueryClient();
  const [standing, setStanding] = useState({ at: 0, playing: false });
  const [heard, setHeard] = useState<number[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [purpose, setPurpose] = useState<string | null>(null);
  const chosen = useRef<string | null>(null);
  chosen.current = purpose;
  const player = useMemo(
    () => {
      const ask = listening(me, recording, () => chosen.current ?? "");
      const fetched = async (n: number): Promise<ArrayBuffer> => {
        const second = await ask(n);
        setHeard((before) => (before.includes(n) ? before : [...before, n].sort((a, b) => a - b)));
        void queries.invalidateQueries({ queryKey: ["listening", recording.id] });
        return second;
      };
      return new SecondPlayer(fetched, recording.seconds ?? 0, piecesOf(recording).lead, setStanding, setProblem);
    },
    [me, recording, queries],
  );
  useEffect(() => () => player.close(), [player]);
  useEffect(() => {
    if (expired) player.pause();
  }, [expired, player]);

  const start = useCallback(
    async (at: number): Promise<void> => {
      setBusy(true);
      setProblem(null);
      try {
        await confirmed(() => player.play(at));
      } catch (error) {
        if (!asksStepUp(error)) setProblem(error);
      } finally {
        setBusy(false);
      }
    },
    [confirmed, player],
  );
  const toggle = (): void => {
    if (standing.playing) player.pause();
    else if (purpose) void start(standing.at);
  };
  const seek = (at: number): void => {
    if (standing.playing) void start(at);
    else setStanding({ at, playing: false });
  };
  return { ...standing, heard, busy, problem, purpose, choose: setPurpose, toggle, seek };
}

function Controls({ recording, player }: { recording: Recording; player: Player }) {
  const { t } = useTranslation();
  const term = useTerm();
  const problemText = useProblemText();
  return (
    <>
      <div className="player">
        <Button
          type="primary"
          shape="circle"
          size="large"
          data-shortcut="p"
          icon={player.playing ? <PauseOutlined /> : <CaretRightOutlined />}
          aria-label={t(player.playing ? "recording.pause" : "recording.play")}
          loading={player.busy}
          disabled={!player.purpose}
          onClick={player.toggle}
        />
        <span className="tabular" role="timer">
          {clockText(player.at)} / {clockText(recording.seconds ?? 0)}
        </span>
        <Select
          aria-label={t("recording.purpose")}
          placeholder={t("recording.purpose")}
          popupMatchSelectWidth={false}
          value={player.purpose}
          onChange={player.choose}
          options={PURPOSES.map((value) => ({ value, label: term("purpose", value) }))}
        />
      </div>
      <p className="soft">{t("recording.logged")}</p>
      {player.problem !== null && <Alert type="error" showIcon role="alert" title={problemText(player.problem)} />}
    </>
  );
}

function Lines({ recording, at, onSeek }: { recording: Recording; at: number; onSeek: (at: number) => void }) {
  const { t } = useTranslation();
  if (!recording.transcript.length) return <p className="soft">{t("recording.noTranscript")}</p>;
  return (
    <ol className="lines" aria-label={t("recording.transcript")} lang={recording.language === "zh" ? "zh-CN" : (recording.language ?? undefined)}>
      {recording.transcript.map((line, i) => {
        const now = line.start <= at && at < line.end;
        return (
          <li key={i} className={now ? "line line-now" : "line"} aria-current={now ? "true" : undefined}>
            <button type="button" className="line-time tabular" onClick={() => onSeek(line.start)} aria-label={t("recording.goTo", { at: clockText(line.start) })}>
              {clockText(line.start)}
            </button>
            <span className="soft">{t("recording.channel", { n: line.channel + 1 })}</span>
            <span>{line.text}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Facts({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const term = useTerm();
  const rows: [string, React.ReactNode][] = [
    [t("recordings.state"), <StateMark key="s" family="state" code={stateCode(recording.state)} />],
    [t("recordings.started"), <Moment key="m" at={recording.started_at ?? recording.landed_at} />],
    [t("recordings.length"), clockText(recording.seconds ?? 0)],
    [t("recordings.agent"), recording.agent ?? "—"],
    [t("recording.language"), term("language", recording.language)],
    [t("recordings.sample"), recording.sampled ? t("recordings.sampled") : "—"],
  ];
  return (
    <section className="card">
      <h2>{t("recording.hiddenTitle")}</h2>
      <FoundMarks findings={recording.hidden} most={9} wrap />
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name} className="facts-row">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
