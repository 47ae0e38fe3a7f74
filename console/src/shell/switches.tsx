import { ExperimentOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";

import { usePreferences } from "../preferences";

/** The other language by its own name, so that whoever needs it can read it. */
export function LanguageSwitch() {
  const { t } = useTranslation();
  const { language, setLanguage } = usePreferences();
  const other = language === "zh" ? "en" : "zh";
  return (
    <Tooltip title={t("nav.languageHint")}>
      <Button type="text" className="switch" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => setLanguage(other)}>
        {t("nav.language")}
      </Button>
    </Tooltip>
  );
}

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { dark, setAppearance } = usePreferences();
  const label = t(dark ? "nav.toLight" : "nav.toDark");
  return (
    <Tooltip title={label}>
      <Button
        type="text"
        className="switch"
        aria-label={label}
        icon={dark ? <SunOutlined /> : <MoonOutlined />}
        onClick={() => setAppearance(dark ? "light" : "dark")}
      />
    </Tooltip>
  );
}

/** Shown on every page of a site that runs with made-up data. */
export function DemoBadge() {
  const { t } = useTranslation();
  return (
    <Tooltip title={t("nav.demoHint")}>
      <span className="demo-badge">
        <ExperimentOutlined aria-hidden /> {t("nav.demo")}
      </span>
    </Tooltip>
  );
}
