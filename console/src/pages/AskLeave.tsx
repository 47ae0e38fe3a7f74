import "../glass.css";

import { useMutation } from "@tanstack/react-query";
import { Alert, Button, InputNumber } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { api, taken } from "../api/client";
import { Problem } from "../api/problem";
import { useProblemText } from "../parts/problem-text";

/** Whether one's own reveals without a customer on the line are used up: a second person can lend more. */
export const lendable = (error: unknown): boolean => error instanceof Problem && error.params["reason"] === "reveals_alone_spent";

const MOST = 25;
const MINUTES = 8 * 60;

/** Ask a data-protection or security officer for so many reveals more, for one purpose, today. */
export function AskLeave({ purpose }: { purpose: string }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const field = useId();
  const [count, setCount] = useState(5);
  const ask = useMutation({
    mutationFn: () =>
      taken(api.POST("/api/v1/approvals", { body: { action: "conversation:reveal", purpose, minutes: MINUTES, count } })),
  });

  if (ask.isSuccess)
    return (
      <Alert
        type="success"
        showIcon
        title={t("approvals.leaveAsked")}
        action={<Link to="/approvals">{t("approvals.title")}</Link>}
        role="status"
      />
    );
  return (
    <div className="ask-leave">
      <p>{t("approvals.leaveLead")}</p>
      {ask.isError && <Alert type="error" showIcon title={problemText(ask.error)} role="alert" />}
      <label htmlFor={field}>{t("approvals.leaveCount")}</label>
      <InputNumber id={field} min={1} max={MOST} value={count} onChange={(value) => setCount(value ?? 1)} />
      <Button loading={ask.isPending} onClick={() => ask.mutate()}>
        {t("approvals.leaveAsk")}
      </Button>
    </div>
  );
}
