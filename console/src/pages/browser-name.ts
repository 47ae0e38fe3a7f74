const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, "Edge"],
  [/OPR\/(\d+)/, "Opera"],
  [/Firefox\/(\d+)/, "Firefox"],
  [/(?:Headless)?Chrom(?:e|ium)\/(\d+)/, "Chrome"],
  [/Version\/(\d+).*Safari/, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** A browser in three words, for recognising one's own: `Firefox 143 · Windows`. */
export function browserName(userAgent: string | null): string {
  if (!userAgent) return "—";
  const browser = BROWSERS.map(([shape, name]) => [name, shape.exec(userAgent)?.[1]]).find(([, version]) => version);
  const system = SYSTEMS.find(([shape]) => shape.test(userAgent))?.[1];
  const parts = [browser?.join(" "), system].filter(Boolean);
  return parts.length ? parts.join(" · ") : userAgent.slice(0, 40);
}
