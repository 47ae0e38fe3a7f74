import "../glass.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";

import { addPasskey, canUsePasskeys, passkeys, type Passkey, removePasskey } from "../api/passkeys";
import { Moment } from "../parts/marks";
import { useProblemText } from "../parts/problem-text";
import { useAttempt } from "../session/attempt";

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** One's own passkeys: a finger, a face or a key instead of the code. */
export function Passkeys() {
  const { t } = useTranslation();
  const { busy, problem, attempt } = useAttempt();
  const { modal } = App.useApp();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const known = useQuery({ queryKey: ["passkeys"], queryFn: passkeys });

  const doing = async (act: () => Promise<void>): Promise<void> => {
    if (await attempt(act, () => queries.invalidateQueries({ queryKey: ["passkeys"] }))) form.resetFields();
  };
  const remove = (key: Passkey): void =>
    void modal.confirm({
      title: t("passkeys.removeTitle", { name: key.name }),
      content: t("passkeys.removeLead"),
      okText: t("passkeys.remove"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: () => void doing(() => removePasskey(key.id)),
    });

  return (
    <section className="card">
      <h2>{t("passkeys.title")}</h2>
      <p className="soft">{t(canUsePasskeys() ? "passkeys.lead" : "passkeys.unable")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      {known.data && known.data.length > 0 && (
        <ul className="passkeys" aria-label={t("passkeys.title")}>
          {known.data.map((key) => (
            <li key={key.id}>
              <span>
                <strong>{key.name}</strong>
                <span className="soft small block">
                  {t("passkeys.added")} <Moment at={timeOf(key.created_at)} />
                </span>
              </span>
              <Button size="small" disabled={busy} onClick={() => remove(key)}>
                {t("passkeys.remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {canUsePasskeys() && (
        <Form form={form} layout="inline" colon={false} requiredMark={false} onFinish={({ name }) => void doing(() => addPasskey(name.trim()))}>
          <Form.Item name="name" label={t("passkeys.name")} rules={[{ required: true, whitespace: true, message: t("people.required") }]}>
            <Input maxLength={60} placeholder={t("passkeys.example")} />
          </Form.Item>
          <Button htmlType="submit" loading={busy}>
            {t("passkeys.add")}
          </Button>
        </Form>
      )}
    </section>
  );
}
