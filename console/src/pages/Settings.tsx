import { Segmented, Switch } from "antd";
import { useTranslation } from "react-i18next";

import { ACTIONS } from "../actions";
import { timeText } from "../format";
import { PageHead } from "../parts/PageHead";
import { useTerm } from "../parts/problem-text";
import { type Appearance, usePreferences } from "../preferences";
import type { Language } from "../i18n";
import { useSession } from "../session/session";
import { Passkeys } from "./Passkeys";

export default function Settings() {
  const { t } = useTranslation();
  return (
    <div className="page page-narrow">
      <PageHead title={t("settings.title")} lead={t("settings.lead")} />
      <Choices />
      <Passkeys />
      <Account />
    </div>
  );
}

function Choices() {
  const { t } = useTranslation();
  const { appearance, language, shortcuts, setAppearance, setLanguage, setShortcuts } = usePreferences();
  return (
    <section className="card settings">
      <div className="setting">
        <span id="set-language">{t("settings.language")}</span>
        <Segmented<Language>
          aria-labelledby="set-language"
          value={language}
          onChange={setLanguage}
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
        />
      </div>
      <div className="setting">
        <span id="set-theme">{t("settings.theme")}</span>
        <Segmented<Appearance>
          aria-labelledby="set-theme"
          value={appearance}
          onChange={setAppearance}
          options={(["system", "light", "dark"] as const).map((value) => ({ value, label: t(`settings.${value}`) }))}
        />
      </div>
      <div className="setting">
        <span>
          <span id="set-keys">{t("settings.shortcuts")}</span>
          <span className="soft small block">{t("settings.shortcutsText")}</span>
        </span>
        <Switch aria-labelledby="set-keys" checked={shortcuts} onChange={setShortcuts} />
      </div>
    </section>
  );
}

function Account() {
  const { t } = useTranslation();
  const { me, may } = useSession();
  const term = useTerm();
  return (
    <section className="card">
      <h2>{t("settings.account")}</h2>
      <dl className="facts">
        <dt>{t("people.name")}</dt>
        <dd>{me.person.name}</dd>
        <dt>{t("people.login")}</dt>
        <dd>{me.person.login}</dd>
        <dt>{t("settings.role")}</dt>
        <dd>
          {term("role", me.person.role)} <span className="soft small block">{term("roleHint", me.person.role)}</span>
        </dd>
        <dt>{t("settings.session")}</dt>
        <dd>{t("settings.sessionText", { minutes: Math.round(me.session.idle_seconds / 60), time: timeText(me.session.expires_at) })}</dd>
        <dt>{t("settings.permissions")}</dt>
        <dd>
          <ul className="permissions">
            {ACTIONS.filter(may).map((action) => (
              <li key={action}>{term("action", action)}</li>
            ))}
          </ul>
        </dd>
      </dl>
    </section>
  );
}
