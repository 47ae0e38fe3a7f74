import { WarningOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";
import { useProblemText } from "./problem-text";

type Props = { error: unknown; onRetry?: () => void; page?: boolean };

/** What went wrong, by its code, and what to do about it. */
export function ErrorState({ error, onRetry, page = false }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const request = error instanceof Problem ? error.request : null;
  return (
    <div className={page ? "state state-page" : "state"} role="alert">
      <WarningOutlined className="state-icon state-icon-error" aria-hidden />
      <h2>{t("error.title")}</h2>
      <p className="soft">{problemText(error)}</p>
      {request && <p className="mono soft">{t("common.request", { id: request })}</p>}
      {onRetry && <Button onClick={onRetry}>{t("common.retry")}</Button>}
    </div>
  );
}
