import type { KeyboardEvent, MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Recording } from "../api/recordings";
import { clockText } from "../format";
import { useTerm } from "../parts/problem-text";

const HEIGHT = 64; // of each channel, in the drawing's own units
const STEP = 5; // seconds by an arrow key

type Props = { recording: Recording; at: number; heard: number[]; onSeek: (at: number) => void };

/** The loudness of each channel, hidden spans marked; a slider by mouse and keys. */
export function Waveform({ recording, at, heard, onSeek }: Props) {
  const { t } = useTranslation();
  const term = useTerm();
  const seconds = recording.seconds ?? 0;
  const width = recording.peaks[0]?.length ?? 1;
  const tall = recording.peaks.length * HEIGHT;
  const place = (second: number): number => (second / seconds) * width;

  const onKey = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: at - STEP, ArrowRight: at + STEP, Home: 0, End: seconds - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(Math.min(Math.max(0, to), Math.max(0, seconds - 0.1)));
  };
  const onClick = (event: MouseEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(((event.clientX - box.left) / box.width) * seconds);
  };

  return (
    <svg
      className="waveform"
      viewBox={`0 0 ${width} ${recording.peaks.length * HEIGHT}`}
      preserveAspectRatio="none"
      role="slider"
      tabIndex={0}
      aria-label={t("recording.position")}
      aria-valuemin={0}
      aria-valuemax={Math.floor(seconds)}
      aria-valuenow={Math.floor(at)}
      aria-valuetext={clockText(at)}
      onKeyDown={onKey}
      onClick={onClick}
    >
      {recording.peaks.map((peaks, channel) => (
        <path key={channel} className="waveform-line" d={outline(peaks, (channel + 0.5) * HEIGHT)} />
      ))}
      {recording.spans.map((span, i) => (
        <rect
          key={i}
          className="waveform-hidden"
          x={place(span.start)}
          y={span.channel * HEIGHT}
          width={Math.max(1, place(span.end) - place(span.start))}
          height={HEIGHT}
        >
          <title>{`${term("entity", span.entity)} · ${clockText(span.start)}–${clockText(span.end)}`}</title>
        </rect>
      ))}
      {stretches(heard).map(([first, end]) => (
        <rect key={first} className="waveform-heard" data-first={first} data-end={end} x={place(first)} y={tall - 5} width={place(Math.min(end, seconds)) - place(first)} height={5}>
          <title>{`${t("recording.heardHere")} · ${clockText(first)}–${clockText(end)}`}</title>
        </rect>
      ))}
      <line className="waveform-now" x1={place(at)} x2={place(at)} y1={0} y2={recording.peaks.length * HEIGHT} />
    </svg>
  );
}

/** Seconds that follow on, joined: [first, end). */
function stretches(seconds: number[]): [number, number][] {
  const joined: [number, number][] = [];
  for (const second of seconds) {
    const last = joined.at(-1);
    if (last?.[1] === second) last[1] = second + 1;
    else joined.push([second, second + 1]);
  }
  return joined;
}

/** A closed line around the loudness, above and below the middle. */
function outline(peaks: number[], middle: number): string {
  const tall = (peak: number): number => Math.max(0.5, (Math.sqrt(peak / 255) * HEIGHT) / 2);
  const above = peaks.map((peak, x) => `${x},${(middle - tall(peak)).toFixed(1)}`);
  const below = peaks.map((peak, x) => `${x},${(middle + tall(peak)).toFixed(1)}`).toReversed();
  return `M${above.join("L")}L${below.join("L")}Z`;
}
