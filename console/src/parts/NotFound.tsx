import { useTranslation } from "react-i18next";
import { Link } from "react-router";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="state">
      <h1>{t("error.notFoundTitle")}</h1>
      <p className="soft">{t("error.notFoundText")}</p>
      <Link to="/">{t("error.home")}</Link>
    </div>
  );
}
