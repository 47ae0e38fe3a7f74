import { LogoutOutlined, MenuOutlined, QuestionCircleOutlined, SettingOutlined, UnlockOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Drawer, Dropdown, Tooltip } from "antd";
import { type ComponentType, lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Route, Routes, useLocation, useNavigate } from "react-router";

import { ErrorBoundary } from "../parts/ErrorBoundary";
import { Loading } from "../parts/Loading";
import { NotFound } from "../parts/NotFound";
import { useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Brand } from "./Brand";
import { mayEnter, placeOf, PLACES } from "./navigation";
import { Elevated } from "./Elevated";
import { ShortcutsDialog, useShortcuts } from "./Shortcuts";
import { DemoBadge, LanguageSwitch, ThemeSwitch } from "./switches";

const PAGES: Record<string, ComponentType> = {
  overview: lazy(() => import("../pages/Home")),
  desk: lazy(() => import("../pages/Desk")),
  approvals: lazy(() => import("../pages/Approvals")),
  emergencies: lazy(() => import("../pages/Emergencies")),
  reviews: lazy(() => import("../pages/Reviews")),
  conversations: lazy(() => import("../pages/Conversations")),
  alarms: lazy(() => import("../pages/Alarms")),
  devices: lazy(() => import("../pages/Devices")),
  policy: lazy(() => import("../pages/Policy")),
  recordings: lazy(() => import("../pages/Recordings")),
  events: lazy(() => import("../pages/Events")),
  intake: lazy(() => import("../pages/Intake")),
  people: lazy(() => import("../pages/People")),
  sessions: lazy(() => import("../pages/Sessions")),
  status: lazy(() => import("../pages/Status")),
  settings: lazy(() => import("../pages/Settings")),
};
const ConversationPage = lazy(() => import("../pages/Conversation"));
const CustomerPage = lazy(() => import("../pages/Customer"));
const RunReportPage = lazy(() => import("../pages/RunReport"));
const RecordingPage = lazy(() => import("../pages/Recording"));

const MENU_CLOSES_MILLISECONDS = 300;

export default function Shell() {
  const { t } = useTranslation();
  const { expired, may } = useSession();
  const { pathname } = useLocation();
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  useShortcuts(() => setHelp(true), expired);
  useEffect(() => setMenu(false), [pathname]);

  const place = placeOf(pathname);
  useEffect(() => {
    document.title = `${place ? t(`nav.${place.key}`) : t("error.notFoundTitle")} · ${t("app.name")}`;
  }, [place, t]);

  const open = PLACES.filter((p) => mayEnter(p, may));
  return (
    <div className="shell" inert={expired}>
      <a className="skip" href="#content">
        {t("common.skip")}
      </a>
      <aside className="side">
        <Link to="/" className="side-brand">
          <Brand />
        </Link>
        <Menu />
      </aside>
      <div className="column">
        <Header onMenu={() => setMenu(true)} onHelp={() => setHelp(true)} />
        <main id="content" tabIndex={-1} className="content">
          <ErrorBoundary key={pathname}>
            <Suspense fallback={<Loading />}>
              <Routes>
                {open.map((p) => {
                  const Page = PAGES[p.key];
                  return Page && <Route key={p.key} path={p.path} element={<Page />} />;
                })}
                {may("intake:view") && <Route path="/intake/:id" element={<RunReportPage />} />}
                {may("recording:view") && <Route path="/recordings/:id" element={<RecordingPage />} />}
                {may("customer:view") && <Route path="/customers/:id" element={<CustomerPage />} />}
                {may("conversation:view") && <Route path="/conversations/:id" element={<ConversationPage />} />}
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <Drawer open={menu} onClose={() => setMenu(false)} placement="left" size={264} title={<Brand />}>
        <Menu />
      </Drawer>
      <ShortcutsDialog open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

function Menu() {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <nav aria-label={t("nav.label")} className="menu">
      {PLACES.filter((place) => mayEnter(place, may)).map(({ key, path, icon: Icon }) => (
        <NavLink key={key} to={path} end={path === "/"} className="menu-item">
          <Icon aria-hidden />
          <span>{t(`nav.${key}`)}</span>
        </NavLink>
      ))}
    </nav>
  );
}

function Header({ onMenu, onHelp }: { onMenu: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  const { me } = useSession();
  return (
    <header className="header">
      <Button type="text" className="menu-button" icon={<MenuOutlined />} aria-label={t("nav.menu")} onClick={onMenu} />
      <span className="tenant">{me.tenant.name}</span>
      {me.tenant.demo && <DemoBadge />}
      <span className="grow" />
      {me.session.elevated_until && <Elevated until={me.session.elevated_until} />}
      <LanguageSwitch />
      <ThemeSwitch />
      <Tooltip title={`${t("shortcuts.title")} (?)`}>
        <Button type="text" className="switch" icon={<QuestionCircleOutlined />} aria-label={t("shortcuts.title")} onClick={onHelp} />
      </Tooltip>
      <Account />
    </header>
  );
}

function Account() {
  const { t } = useTranslation();
  const { elevate, leave, may, me } = useSession();
  const navigate = useNavigate();
  const term = useTerm();
  const button = useRef<HTMLButtonElement>(null);
  // Whoever leaves the menu by key stands on the button again.
  const back = (open: boolean): void => {
    if (!open) window.setTimeout(() => document.activeElement === document.body && button.current?.focus(), MENU_CLOSES_MILLISECONDS);
  };
  return (
    <Dropdown
      trigger={["click"]}
      onOpenChange={back}
      menu={{
        items: [
          { key: "settings", icon: <SettingOutlined />, label: t("nav.settings"), onClick: () => void navigate("/settings") },
          ...(may("elevation:take") && !me.session.elevated_until
            ? [{ key: "elevate", icon: <UnlockOutlined />, label: t("elevation.title"), onClick: () => void elevate() }]
            : []),
          { type: "divider" },
          { key: "out", icon: <LogoutOutlined />, label: t("nav.signOut"), onClick: () => void leave() },
        ],
      }}
    >
      <Button ref={button} type="text" className="account">
        <span className="avatar" aria-hidden>
          <UserOutlined />
        </span>
        <span className="account-name">
          <strong>{me.person.name}</strong>
          <small>{term("role", me.person.role)}</small>
        </span>
      </Button>
    </Dropdown>
  );
}
