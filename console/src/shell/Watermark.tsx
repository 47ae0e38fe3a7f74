import { useEffect, useId, useRef, useState } from "react";

import { timeText } from "../format";
import { useSession } from "../session/session";
import { shortId } from "../format";

/**
 * Who looks, when, and in which session, drawn over a page with personal data: a deterrent against photographs, not a
 * wall. It is plain SVG, since a background picture or a style attribute would need a hole in the policy, and it is
 * drawn anew when somebody takes it off the page or hides it.
 */
export function Watermark() {
  const { me } = useSession();
  const pattern = useId();
  const holder = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState(0);
  const [now, setNow] = useState(() => new Date());

  useEffect(() => {
    const clock = window.setInterval(() => setNow(new Date()), 60_000);
    return () => window.clearInterval(clock);
  }, []);

  useEffect(() => {
    const mark = holder.current;
    const parent = mark?.parentElement;
    if (!mark || !parent) return undefined;
    const redraw = (): void => setDrawn((n) => n + 1);
    const watch = new MutationObserver((changes) => {
      const hidden = changes.some((c) => c.type === "attributes" && c.target === mark);
      if (hidden || !parent.contains(mark) || !mark.firstElementChild) redraw();
    });
    watch.observe(parent, { childList: true });
    watch.observe(mark, { attributes: true, childList: true });
    return () => watch.disconnect();
  }, [drawn]);

  return (
    <div key={drawn} ref={holder} className="watermark" aria-hidden="true">
      <svg width="100%" height="100%">
        <pattern id={pattern} width="340" height="190" patternUnits="userSpaceOnUse" patternTransform="rotate(-20)">
          <text x="8" y="70">{`${me.person.name} · ${me.person.login}`}</text>
          <text x="8" y="90">{`${timeText(now.toISOString())} · ${shortId(me.session.id)}`}</text>
        </pattern>
        <rect width="100%" height="100%" fill={`url(#${pattern})`} />
      </svg>
    </div>
  );
}
