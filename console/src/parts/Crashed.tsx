import { Button } from "antd";
import { useTranslation } from "react-i18next";

export function Crashed() {
  const { t } = useTranslation();
  return (
    <div className="state" role="alert">
      <h2>{t("error.title")}</h2>
      <p className="soft">{t("error.crashed")}</p>
      <Button onClick={() => window.location.reload()}>{t("common.retry")}</Button>
    </div>
  );
}
