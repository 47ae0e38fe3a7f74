import { useQuery } from "@tanstack/react-query";
import { App } from "antd";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { shortId, timeText } from "../format";
import { useInFront } from "../pages/clear-text";
import { usePreferences } from "../preferences";
import { useSession } from "../session/session";

const CLASS = "watermark";
const CELLS = 16;
const CELL = 8;
const OPACITY = 0.012; // three grey levels, as the tracing expects (access/screen_pattern.py)
const CLEAR = ".clear-value, .bubble-clear";

type Props = { kind: "conversation" | "customer" | "recording" | "list" | "emergency" | "export"; record?: string };

const report = (kind: "copy_blocked" | "mark_removed" | "print_blocked"): void =>
  void api.POST("/api/v1/screens/reports", { body: { kind } });

/** The dark cells of the pattern, as one path: an SVG attribute, so that no style is needed. */
function path(cells: string): string {
  const bits = [...cells].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
  return [...bits].map((bit, n) => (bit === "1" ? `M${(n % CELLS) * CELL} ${Math.floor(n / CELLS) * CELL}h${CELL}v${CELL}h-${CELL}z` : "")).join("");
}

/** Values in the clear are neither copied, dragged nor printed; who tries is told, and so are the officers. */
function useNoCopies(): void {
  const { t } = useTranslation();
  const { message } = App.useApp();
  useEffect(() => {
    const stop = (event: Event): void => {
      const chosen = window.getSelection();
      const clear = [...document.querySelectorAll(CLEAR)].some((node) => chosen?.containsNode(node, true));
      const within = event.target instanceof Element && event.target.closest(CLEAR) !== null;
      if (!clear && !within) return;
      event.preventDefault();
      report("copy_blocked");
      void message.warning(t("screen.copyBlocked"));
    };
    const print = (): void => {
      if (document.querySelector(CLEAR)) report("print_blocked");
    };
    for (const name of ["copy", "cut", "dragstart"]) document.addEventListener(name, stop);
    window.addEventListener("beforeprint", print);
    return () => {
      for (const name of ["copy", "cut", "dragstart"]) document.removeEventListener(name, stop);
      window.removeEventListener("beforeprint", print);
    };
  }, [t, message]);
}

/**
 * Who looks, when, and in which session, over a page with personal data, with a code of this very view and its faint
 * pattern: a deterrent, and a way back from a picture. It is plain SVG, since a background picture or a style attribute
 * would need a hole in the policy, and it is put back, and told, when somebody takes it off the page or hides it.
 */
export function Watermark({ kind, record }: Props) {
  const { me } = useSession();
  const { dark } = usePreferences();
  const words = useId();
  const cells = useId();
  const holder = useRef<HTMLDivElement>(null);
  const [now, setNow] = useState(() => new Date());
  useNoCopies();
  const mark = useQuery({
    queryKey: ["mark", kind, record],
    queryFn: () => taken(api.POST("/api/v1/screens/marks", { body: { kind, record: record ?? null } })),
    staleTime: 0,
    gcTime: 0,
    retry: 2,
    refetchOnWindowFocus: false,
  });

  // Where the center chose so, the whole page blurs while its window is not in front: what is beside the marks in it.
  const veiled = !useInFront() && mark.data?.blurs === "personal";
  useEffect(() => {
    const page = holder.current?.parentElement;
    page?.classList.toggle("veiled", veiled);
    return () => page?.classList.remove("veiled");
  }, [veiled]);

  useEffect(() => {
    const clock = window.setInterval(() => setNow(new Date()), 60_000);
    return () => window.clearInterval(clock);
  }, []);

  useEffect(() => {
    const drawn = holder.current;
    const parent = drawn?.parentElement;
    const drawing = drawn?.firstElementChild;
    if (!drawn || !parent || !drawing) return undefined;
    let told = false;
    const restore = (): void => {
      // The very nodes that React knows: others in their place would break its next drawing.
      const gone = drawn.parentElement !== parent || drawing.parentElement !== drawn || drawn.className !== CLASS || drawn.hasAttribute("style") || drawn.hasAttribute("hidden");
      if (gone && !told) report("mark_removed");
      told ||= gone;
      if (drawn.parentElement !== parent) parent.append(drawn);
      if (drawing.parentElement !== drawn) drawn.append(drawing);
      if (drawn.className !== CLASS) drawn.className = CLASS;
      for (const name of ["style", "hidden"]) if (drawn.hasAttribute(name)) drawn.removeAttribute(name);
    };
    const watch = new MutationObserver(restore);
    watch.observe(parent, { childList: true });
    watch.observe(drawn, { attributes: true, childList: true });
    return () => watch.disconnect();
  }, []);

  const size = CELLS * CELL;
  return (
    <div ref={holder} className={CLASS} aria-hidden="true">
      <svg width="100%" height="100%">
        <pattern id={words} width="340" height="190" patternUnits="userSpaceOnUse" patternTransform="rotate(-20)">
          <text x="8" y="70">{`${me.person.name} · ${me.person.login}`}</text>
          <text x="8" y="90">{`${timeText(now.toISOString())} · ${shortId(me.session.id)}`}</text>
          <text x="8" y="110" className="watermark-code">{mark.data?.code ?? ""}</text>
        </pattern>
        <pattern id={cells} width={size} height={size} patternUnits="userSpaceOnUse" shapeRendering="crispEdges">
          {mark.data && <path d={path(mark.data.cells)} fill={dark ? "#fff" : "#000"} fillOpacity={OPACITY} />}
        </pattern>
        <rect width="100%" height="100%" fill={`url(#${words})`} />
        <rect width="100%" height="100%" fill={`url(#${cells})`} />
      </svg>
    </div>
  );
}
