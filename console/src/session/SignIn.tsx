import { AuditOutlined, EyeInvisibleOutlined, LockOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";

import { Brand } from "../shell/Brand";
import { DemoBadge, LanguageSwitch, ThemeSwitch } from "../shell/switches";
import { isDemoSite } from "../api/client";
import { SignInForm } from "./SignInForm";

const SHOWCASE = [
  ["found", EyeInvisibleOutlined],
  ["sealed", LockOutlined],
  ["proven", AuditOutlined],
] as const;

export function SignIn({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const { t } = useTranslation();
  return (
    <div className="gate">
      <aside className="gate-story">
        <Brand light />
        <div>
          <p className="gate-tagline">{t("app.tagline")}</p>
          <ul>
            {SHOWCASE.map(([key, Icon]) => (
              <li key={key}>
                <Icon aria-hidden />
                <div>
                  <strong>{t(`signIn.showcase.${key}`)}</strong>
                  <span>{t(`signIn.showcase.${key}Text`)}</span>
                </div>
              </li>
            ))}
          </ul>
        </div>
        <p className="gate-notice">{t("signIn.notice")}</p>
      </aside>
      <main className="gate-main">
        <Brand />
        <div className="gate-switches">
          {isDemoSite() && <DemoBadge />}
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
        <SignInForm onSignedIn={onSignedIn} />
      </main>
    </div>
  );
}
