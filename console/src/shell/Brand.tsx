import { useTranslation } from "react-i18next";

/** The mark: a speech bubble with a keyhole. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        className="mark-bubble"
        d="M9 2h14a7 7 0 0 1 7 7v9a7 7 0 0 1-7 7h-5.2l-5.6 4.7c-.8.7-2.2.1-2.2-1V25H9a7 7 0 0 1-7-7V9a7 7 0 0 1 7-7Z"
      />
      <path className="mark-key" d="M16 7.4a4 4 0 0 1 1.9 7.5l1.2 4.6a1 1 0 0 1-1 1.3h-4.2a1 1 0 0 1-1-1.3l1.2-4.6A4 4 0 0 1 16 7.4Z" />
    </svg>
  );
}

export function Brand({ light = false }: { light?: boolean }) {
  const { t, i18n } = useTranslation();
  return (
    <span className={light ? "brand brand-light" : "brand"}>
      <Mark />
      <span className="brand-name">{t("app.name")}</span>
      {i18n.language === "zh" && <span className="brand-latin">Hushkeep</span>}
    </span>
  );
}
