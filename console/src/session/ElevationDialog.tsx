import { useQueryClient } from "@tanstack/react-query";
import { Alert, Form, InputNumber, Modal, Radio } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import { useProblemText, useTerm } from "../parts/problem-text";
import { StepUpDialog } from "./StepUpDialog";

const REASONS = ["onboarding", "leaver", "maintenance", "incident", "request"] as const;

type Draft = { reason: (typeof REASONS)[number]; minutes: number };
type Props = { open: boolean; onAnswer: (taken: boolean) => void };

/** Ask what administrator's rights are for, and take them for this session; with a fresh code where it takes one. */
export function ElevationDialog({ open, onAnswer }: Props) {
  const { t } = useTranslation();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [form] = Form.useForm<Draft>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  useEffect(() => setProblem(null), [open]);

  const take = async (body: Draft): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await taken(api.POST("/api/v1/elevations", { body }));
      await queries.invalidateQueries({ queryKey: ["me"] });
      onAnswer(true);
    } catch (error) {
      if (asksStepUp(error)) setDraft(body);
      else setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const onCode = (confirmed: boolean): void => {
    const waiting = draft;
    setDraft(null);
    if (confirmed && waiting) void take(waiting);
  };

  return (
    <>
      <Modal
        open={open && draft === null}
        title={t("elevation.title")}
        okText={t("elevation.take")}
        cancelText={t("common.cancel")}
        confirmLoading={busy}
        onOk={() => form.submit()}
        onCancel={() => onAnswer(false)}
        width={480}
        zIndex={1700}
      >
        <p className="soft">{t("elevation.lead")}</p>
        {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
        <Form form={form} layout="vertical" requiredMark={false} initialValues={{ minutes: 30 }} onFinish={(value) => void take(value)}>
          <Form.Item name="reason" label={t("elevation.reason")} rules={[{ required: true, message: t("people.required") }]}>
            <Radio.Group className="choices-stacked" options={REASONS.map((value) => ({ value, label: term("elevationReason", value) }))} />
          </Form.Item>
          <Form.Item name="minutes" label={t("elevation.minutes")}>
            <InputNumber min={1} max={60} />
          </Form.Item>
        </Form>
      </Modal>
      <StepUpDialog open={draft !== null} onAnswer={onCode} />
    </>
  );
}
