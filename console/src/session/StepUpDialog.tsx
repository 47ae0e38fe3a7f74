import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { stepUp } from "../api/auth";
import { movedTo } from "../api/problem";
import { canUsePasskeys, passkeys, stepUpByPasskey } from "../api/passkeys";
import { useProblemText } from "../parts/problem-text";

type Props = { open: boolean; error?: unknown; onAnswer: (confirmed: boolean) => void };

/** Ask for a fresh second factor, and say why: what shows or changes a lot, or a session that shows up elsewhere. */
export function StepUpDialog({ open, error, onAnswer }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [form] = Form.useForm<{ code: string }>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => setProblem(null), [open]);

  const known = useQuery({ queryKey: ["passkeys"], queryFn: passkeys, enabled: open && canUsePasskeys() });

  const show = async (factor: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await factor();
      onAnswer(true);
    } catch (error) {
      setProblem(error);
      form.resetFields();
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal
      open={open}
      title={t("stepUp.title")}
      okText={t("signIn.verify")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={() => onAnswer(false)}
      width={440}
      destroyOnHidden
      zIndex={1800}
    >
      <p className="soft">{t(movedTo(error) ?? "stepUp.lead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      {known.data && known.data.length > 0 && (
        <p>
          <Button block size="large" disabled={busy} onClick={() => void show(stepUpByPasskey)}>
            {t("signIn.usePasskey")}
          </Button>
        </p>
      )}
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={({ code }) => void show(() => stepUp(code))}>
        <Form.Item name="code" label={t("signIn.code")} rules={[{ required: true, message: t("people.required") }]}>
          <Input className="code-input" size="large" autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={7} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
