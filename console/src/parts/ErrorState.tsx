import { WarningOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { asksStepUp, Problem } from "../api/problem";
import { useSessionIfAny } from "../session/session";
import { useProblemText } from "./problem-text";

type Props = { error: unknown; onRetry?: () => void; page?: boolean };

/** What went wrong, by its code, and what to do about it. */
export function ErrorState({ error, onRetry, page = false }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const session = useSessionIfAny();
  const queries = useQueryClient();
  const stepUp = session !== null && asksStepUp(error);
  const confirm = async (): Promise<void> => {
    if (await session?.confirm(error)) await queries.invalidateQueries();
  };
  const request = error instanceof Problem ? error.request : null;
  // What is not there does not come of asking again.
  const absent = error instanceof Problem && error.code === "not_found";
  return (
    <div className={page ? "state state-page" : "state"} role="alert">
      <WarningOutlined className="state-icon state-icon-error" aria-hidden />
      <h2>{t(stepUp ? "stepUp.title" : absent ? "error.absentTitle" : "error.title")}</h2>
      <p className="soft">{absent ? t("error.absentText") : problemText(error)}</p>
      {request && <p className="mono soft">{t("common.request", { id: request })}</p>}
      {stepUp && (
        <Button type="primary" onClick={() => void confirm()}>
          {t("stepUp.confirm")}
        </Button>
      )}
      {!stepUp && !absent && onRetry && <Button onClick={onRetry}>{t("common.retry")}</Button>}
    </div>
  );
}
