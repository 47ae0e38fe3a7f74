import { useQueryClient } from "@tanstack/react-query";
import { Alert, Form, Input, Modal, Select, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { useProblemText, useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { useAttempt } from "../session/attempt";

export const ROLES = ["agent", "supervisor", "qa", "security", "dpo", "auditor", "administrator"] as const;
export type Role = (typeof ROLES)[number];

type Invited = { login: string; name: string; role: Role; language: "en" | "zh" };

/** Name a person and a role; get a link that works once. The draft outlives the end of a session. */
export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, problem, attempt, forget } = useAttempt();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const { language } = usePreferences();
  const [form] = Form.useForm<Invited>();
  const role = Form.useWatch("role", form);
  const [link, setLink] = useState<string | null>(null);

  const close = (): void => {
    onClose();
    setLink(null);
    forget();
    if (link) form.resetFields();
  };
  const invite = async (body: Invited): Promise<void> => {
    const invited = async () => setLink((await taken(api.POST("/api/v1/people", { body }))).enrolment_link);
    await attempt(invited, () => queries.invalidateQueries({ queryKey: ["people"] }));
  };

  const needed = { required: true, message: t("people.required") };
  return (
    <Modal
      open={open}
      title={t("people.inviteTitle")}
      okText={link ? t("common.close") : t("people.send")}
      cancelText={t("common.cancel")}
      footer={(_, { OkBtn, CancelBtn }) => (
        <>
          {link === null && <CancelBtn />}
          <OkBtn />
        </>
      )}
      confirmLoading={busy}
      onOk={() => (link ? close() : form.submit())}
      onCancel={close}
      width={480}
      forceRender
    >
      <p className="soft">{t(link ? "people.linkLead" : "people.inviteLead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      {link && (
        <Typography.Paragraph className="link-box mono" copyable={{ tooltips: [t("common.copy"), t("common.copied")] }}>
          {link}
        </Typography.Paragraph>
      )}
      <Form form={form} layout="vertical" requiredMark={false} hidden={link !== null} initialValues={{ role: "agent", language }} onFinish={(v) => void invite(v)}>
        <Form.Item name="name" label={t("people.name")} rules={[needed]}>
          <Input autoComplete="off" maxLength={120} />
        </Form.Item>
        <Form.Item name="login" label={t("people.login")} rules={[needed, { pattern: /^[a-z0-9._@-]{1,64}$/, message: t("people.loginRule") }]}>
          <Input autoComplete="off" spellCheck={false} autoCapitalize="none" />
        </Form.Item>
        <Form.Item name="role" label={t("people.role")} extra={role && term("roleHint", role)} rules={[needed]}>
          <Select options={ROLES.map((value) => ({ value, label: term("role", value) }))} />
        </Form.Item>
        <Form.Item name="language" label={t("people.language")}>
          <Select options={[{ value: "zh", label: "中文" }, { value: "en", label: "English" }]} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
