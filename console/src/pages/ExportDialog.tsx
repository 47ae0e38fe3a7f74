import { useQueryClient } from "@tanstack/react-query";
import { Alert, Form, Input, Modal, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { pledgeFor } from "../api/evidence";
import { useFocusBack } from "../parts/focus-back";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useAttempt } from "../session/attempt";
import { useSession } from "../session/session";
import type { components } from "../api/schema";

type Wanted = components["schemas"]["ExportIn"];
type Draft = {
  format: Wanted["format"];
  purpose: string;
  clear?: boolean;
  channel?: Wanted["channel"];
  recipient?: string;
  customer?: string;
  to?: string;
};

export const FORMATS = [
  { value: "csv", label: "CSV" },
  { value: "jsonl", label: "JSON Lines" },
  { value: "pdf", label: "PDF" },
] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const CHANNELS = ["call", "chat", "email", "ticket"] as const;
const CLEAR_PURPOSES = ["data_subject_request", "legal_duty"] as const;
const PURPOSES = ["customer_request", "complaint", "quality_review", "fraud_check", "legal_duty", "data_subject_request"] as const;

/** Ask for an export: what is named here is fixed, counted, and shown to whoever decides. */
export function ExportDialog({ onClose }: { onClose: () => void }) {
  useFocusBack();
  const { t } = useTranslation();
  const { busy, problem, attempt } = useAttempt();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const { may, me } = useSession();
  const [form] = Form.useForm<Draft>();
  const clear = Form.useWatch("clear", form) === true;

  const purpose = Form.useWatch("purpose", form);
  const recordings = Form.useWatch("format", form) === "tar";

  const ask = async ({ recipient, channel, customer, to, ...rest }: Draft): Promise<void> => {
    const value = to?.trim() ?? "";
    const body: Wanted = {
      minutes: 1440,
      clear: false,
      ...rest,
      what: rest.format === "tar" ? "recordings" : "conversations",
      channel: channel ?? null,
      recipient: recipient?.trim() || null,
      addressee: customer?.trim() ? { customer: customer.trim(), index: value.includes("@") ? "email" : "phone", value } : null,
    };
    const asked = async () => {
      const { id } = await taken(api.POST("/api/v1/exports", { body }));
      if (body.clear) await taken(api.POST("/api/v1/approvals/{approval}/sign", { params: { path: { approval: id } }, body: { proof: await pledgeFor(me, id) } }));
    };
    if (await attempt(asked, () => queries.invalidateQueries({ queryKey: ["approvals"] }))) onClose();
  };

  const options = (family: string, codes: readonly string[]) => codes.map((value) => ({ value, label: term(family, value) }));
  const needed = { required: true, message: t("people.required") };
  return (
    <Modal open title={t("approvals.askExport")} okText={t("approvals.ask")} cancelText={t("common.cancel")} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} width={520}>
      <p className="soft">{t(clear ? "approvals.askLeadClear" : "approvals.askLead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ format: "csv" }} onFinish={(draft) => void ask(draft)}>
        <Form.Item name="purpose" label={t("approvals.purpose")} rules={[needed]}>
          <Select options={options("purpose", clear ? CLEAR_PURPOSES : PURPOSES)} />
        </Form.Item>
        {may("export:reveal") && !recordings && (
          <Form.Item name="clear" label={t("approvals.clearWish")} valuePropName="checked" extra={t("approvals.clearHint")}>
            <Switch onChange={() => form.setFieldValue("purpose", undefined)} />
          </Form.Item>
        )}
        {!recordings && <Form.Item name="channel" label={t("approvals.scope.channel")}>
          <Select allowClear placeholder={t("common.all")} options={options("channel", CHANNELS)} />
        </Form.Item>}
        <Form.Item name="format" label={t("approvals.scope.format")}>
          <Select
            options={[...FORMATS, { value: "tar" as const, label: t("approvals.recordings") }]}
            onChange={() => form.setFieldsValue({ clear: false, channel: undefined })}
          />
        </Form.Item>
        <Form.Item name="customer" label={t("approvals.scope.customer")} extra={t("approvals.customerHint")} rules={[{ required: clear && purpose === "data_subject_request", message: t("people.required") }, { pattern: UUID, message: t("approvals.customerRule") }]}>
          <Input className="mono" autoComplete="off" spellCheck={false} maxLength={36} />
        </Form.Item>
        <Form.Item name="to" label={t("approvals.to")} extra={t("approvals.toHint")} dependencies={["customer"]} rules={[({ getFieldValue }) => ({ required: Boolean(getFieldValue("customer")), message: t("people.required") })]}>
          <Input autoComplete="off" spellCheck={false} maxLength={320} />
        </Form.Item>
        <Form.Item name="recipient" label={t("approvals.scope.recipient")} extra={t("approvals.recipientHint")} rules={[{ pattern: /^[0-9a-f]{64}$/, message: t("approvals.recipientRule") }]}>
          <Input className="mono" autoComplete="off" spellCheck={false} maxLength={64} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
