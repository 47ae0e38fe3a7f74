type Names = readonly (readonly [RegExp, string])[];

// The first that fits: most browsers also bear the names of those that came before them.
const BROWSERS: Names = [[/Edg/, "Edge"], [/OPR/, "Opera"], [/Firefox/, "Firefox"], [/Chrome/, "Chrome"], [/Safari/, "Safari"]];
const SYSTEMS: Names = [
  [/Windows/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** What a browser is called in the list of devices, by what it says of itself: `Chrome · Windows`. */
export function browserName(userAgent: string): string {
  const said = [BROWSERS, SYSTEMS].map((names) => names.find(([sign]) => sign.test(userAgent))?.[1]);
  return said.filter(Boolean).join(" · ") || "Browser";
}
