import type { Language } from "./i18n";

const TAG: Record<Language, string> = { zh: "zh-CN", en: "en-GB" };

export const numberText = (language: Language, value: number, digits = 0): string =>
  new Intl.NumberFormat(TAG[language], { maximumFractionDigits: digits }).format(value);

/** A moment in the reader's own time zone: `2026-03-04 16:05`, to the second on demand. */
export function timeText(at: string | null | undefined, precision: "minute" | "second" | "day" = "minute"): string {
  if (!at) return "—";
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "—";
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (precision === "day") return day;
  const minute = `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
  return precision === "minute" ? minute : `${minute}:${two(date.getSeconds())}`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** How long something took, in its two largest units: `3 min 20 s`, `3分钟20秒`. */
export function durationText(language: Language, seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const value = Math.floor(rest / size);
    rest -= value * size;
    if (value > 0 && parts.length < 2)
      parts.push(new Intl.NumberFormat(TAG[language], { style: "unit", unit, unitDisplay: "short" }).format(value));
  }
  if (parts.length) return parts.join(language === "zh" ? "" : " ");
  return new Intl.NumberFormat(TAG[language], { style: "unit", unit: "second", unitDisplay: "short" }).format(0);
}

export function spanText(language: Language, from: string | null, to: string | null): string {
  if (!from || !to) return "—";
  return durationText(language, (Date.parse(to) - Date.parse(from)) / 1000);
}

/** An opaque id, short enough to compare by eye: its random end. */
/** Bytes as people say them: 12.5 MB. */
export function sizeText(language: Language, bytes: number): string {
  const step = bytes < 1e3 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  return `${numberText(language, bytes / 1000 ** step, step ? 1 : 0)} ${["B", "kB", "MB", "GB"][step]}`;
}

export const shortId = (id: string | null | undefined): string => (id ? id.slice(-8) : "—");

export const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, n) => sum + n, 0);

/** A place in a recording: `3:07`, `1:02:09`. */
export function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, two(whole % 60)];
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
