import { Modal } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { usePreferences } from "../preferences";
import { useSession } from "../session/session";
import { mayEnter, PLACES } from "./navigation";

const TYPING = "input, textarea, select, [contenteditable], [role=combobox]";
const SEQUENCE_MILLISECONDS = 1200;

/** Keys that a page answers to: an element with ``data-shortcut="r"`` is clicked or focused by that key. */
function press(key: string): boolean {
  const target = document.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (target.matches("input")) target.focus();
  else target.click();
  return true;
}

/** A closed dialogue stays in the page, out of sight. */
const dialogOpen = (): boolean => [...document.querySelectorAll("[role=dialog]")].some((dialog) => dialog.checkVisibility());

/** Single-key shortcuts; silent while somebody types, in a dialogue, or when switched off (WCAG 2.2, 2.1.4). */
export function useShortcuts(onHelp: () => void, paused: boolean): void {
  const { shortcuts } = usePreferences();
  const { may } = useSession();
  const navigate = useNavigate();
  const goAt = useRef(0);

  useEffect(() => {
    if (!shortcuts || paused) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if ((event.target as HTMLElement).closest(TYPING) || dialogOpen()) return;
      const going = performance.now() - goAt.current < SEQUENCE_MILLISECONDS;
      goAt.current = 0;
      const place = going ? PLACES.find((p) => p.letter === event.key && mayEnter(p, may)) : undefined;
      if (place) void navigate(place.path);
      else if (event.key === "?") onHelp();
      else if (event.key === "g") goAt.current = performance.now();
      else if (!press(event.key)) return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [shortcuts, paused, may, navigate, onHelp]);
}

export function ShortcutsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const rows: [string[], string][] = [
    [["?"], t("shortcuts.help")],
    [["/"], t("shortcuts.search")],
    [["r"], t("shortcuts.reveal")],
    [["↑", "↓"], t("shortcuts.rows")],
    [["Enter"], t("shortcuts.open")],
    [["Esc"], t("shortcuts.leave")],
  ];
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("shortcuts.title")} width={520}>
      <dl className="keys">
        {rows.map(([keys, label]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dd>
          </div>
        ))}
        {PLACES.filter((place) => mayEnter(place, may)).map((place) => (
          <div key={place.key}>
            <dt>{`${t("shortcuts.go")} ${t(`nav.${place.key}`)}`}</dt>
            <dd>
              <kbd>g</kbd> <span className="soft">{t("shortcuts.then")}</span> <kbd>{place.letter}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
