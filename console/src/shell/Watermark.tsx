import { useEffect, useId, useRef, useState } from "react";

import { shortId, timeText } from "../format";
import { useSession } from "../session/session";

const CLASS = "watermark";

/**
 * Who looks, when, and in which session, drawn over a page with personal data: a deterrent against photographs, not a
 * wall. It is plain SVG, since a background picture or a style attribute would need a hole in the policy, and it is
 * put back when somebody takes it off the page or hides it.
 */
export function Watermark() {
  const { me } = useSession();
  const pattern = useId();
  const holder = useRef<HTMLDivElement>(null);
  const [now, setNow] = useState(() => new Date());

  useEffect(() => {
    const clock = window.setInterval(() => setNow(new Date()), 60_000);
    return () => window.clearInterval(clock);
  }, []);

  useEffect(() => {
    const mark = holder.current;
    const parent = mark?.parentElement;
    const drawing = mark?.firstElementChild;
    if (!mark || !parent || !drawing) return undefined;
    const restore = (): void => {
      // The very nodes that React knows: others in their place would break its next drawing.
      if (mark.parentElement !== parent) parent.append(mark);
      if (drawing.parentElement !== mark) mark.append(drawing);
      if (mark.className !== CLASS) mark.className = CLASS;
      for (const name of ["style", "hidden"]) if (mark.hasAttribute(name)) mark.removeAttribute(name);
    };
    const watch = new MutationObserver(restore);
    watch.observe(parent, { childList: true });
    watch.observe(mark, { attributes: true, childList: true });
    return () => watch.disconnect();
  }, []);

  return (
    <div ref={holder} className={CLASS} aria-hidden="true">
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
