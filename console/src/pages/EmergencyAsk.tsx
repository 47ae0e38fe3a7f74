import { useQueryClient } from "@tanstack/react-query";
import { Alert, Form, Input, InputNumber, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { useFocusBack } from "../parts/focus-back";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useAttempt } from "../session/attempt";

const REASONS = ["life_at_risk", "fraud_running", "legal_order", "system_failure", "customer_harm"] as const;
const INDEXES = ["phone", "email", "id_card", "bank_card"] as const;

type Draft = { index: string; value: string; reason: string; reference: string; minutes: number };

/** Name one customer, a reason and a ticket; somebody above decides. */
export function EmergencyAsk({ onClose }: { onClose: () => void }) {
  useFocusBack();
  const { t } = useTranslation();
  const { busy, problem, attempt } = useAttempt();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [form] = Form.useForm<Draft>();

  const ask = async (body: Draft): Promise<void> => {
    const asked = () => taken(api.POST("/api/v1/emergencies", { body }));
    if (await attempt(asked, () => queries.invalidateQueries({ queryKey: ["emergencies"] }))) onClose();
  };

  const options = (family: string, codes: readonly string[]) => codes.map((value) => ({ value, label: term(family, value) }));
  const needed = { required: true, message: t("people.required") };
  return (
    <Modal open title={t("emergencies.ask")} okText={t("approvals.ask")} cancelText={t("common.cancel")} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} width={520}>
      <p className="soft">{t("emergencies.askLead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ index: "phone", minutes: 15 }} onFinish={(draft) => void ask(draft)}>
        <Form.Item name="index" label={t("emergencies.index")}>
          <Select options={options("searchIndex", INDEXES)} />
        </Form.Item>
        <Form.Item name="value" label={t("emergencies.value")} rules={[needed]}>
          <Input autoComplete="off" spellCheck={false} maxLength={200} />
        </Form.Item>
        <Form.Item name="reason" label={t("emergencies.reason")} rules={[needed]}>
          <Select options={options("emergencyReason", REASONS)} />
        </Form.Item>
        <Form.Item name="reference" label={t("emergencies.reference")} extra={t("emergencies.referenceHint")} rules={[needed, { pattern: /^[A-Z0-9][A-Z0-9-]{2,31}$/, message: t("emergencies.referenceRule") }]}>
          <Input className="mono" autoComplete="off" spellCheck={false} maxLength={32} />
        </Form.Item>
        <Form.Item name="minutes" label={t("emergencies.minutes")}>
          <InputNumber min={1} max={60} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
