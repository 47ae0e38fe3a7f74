import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { PageHead } from "../parts/PageHead";
import { useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { mayEnter, PLACES } from "../shell/navigation";
import OverviewPage from "./Overview";

/** The figures for those who may see them; for others what their role is here for, and the ways on. */
export default function Home() {
  const { may } = useSession();
  return may("intake:view") ? <OverviewPage /> : <Welcome />;
}

function Welcome() {
  const { t } = useTranslation();
  const { me, may } = useSession();
  const term = useTerm();
  return (
    <div className="page page-wide">
      <PageHead title={t("home.hello", { name: me.person.name })} lead={`${term("role", me.person.role)} · ${term("roleHint", me.person.role)}`} />
      <ul className="ways">
        {PLACES.filter((place) => place.path !== "/" && mayEnter(place, may)).map(({ key, path, icon: Icon }) => (
          <li key={key}>
            <Link to={path} className="card way">
              <Icon aria-hidden />
              <strong>{t(`nav.${key}`)}</strong>
              <span className="soft">{t((key === "sessions" || key === "devices") && !may("user:list") ? `${key}.leadMine` : `${key}.lead`)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
