import { CheckCircleFilled } from "@ant-design/icons";
import { Button, Checkbox, Form, Input, QRCode } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Enrolment } from "../api/types";
import { MIN_CHARACTERS, rulesMet } from "./password-rules";

type PasswordProps = { enrolment: Enrolment; onPassword: (password: string) => void };

export function PasswordStep({ enrolment, onPassword }: PasswordProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ password: string; again: string }>();
  const typed: string = Form.useWatch("password", form) ?? "";
  const met = rulesMet(typed, [enrolment.login, enrolment.name]);
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => onPassword(v.password)}>
      <Form.Item label={t("enrol.login")} htmlFor="enrol-login">
        <Input id="enrol-login" value={enrolment.login} readOnly autoComplete="username" />
      </Form.Item>
      <Form.Item name="password" label={t("enrol.password")} rules={[{ required: true, message: t("people.required") }]}>
        <Input.Password autoComplete="new-password" autoFocus minLength={MIN_CHARACTERS} maxLength={128} />
      </Form.Item>
      <p className="rules-title">{t("enrol.rules")}</p>
      <ul className="rules">
        <Rule met={met.length} text={t("enrol.ruleLength")} />
        <Rule met={met.name} text={t("enrol.ruleName")} />
        <li>
          <span className="rule-open" aria-hidden />
          <span>{t("enrol.ruleGuess")}</span>
        </li>
      </ul>
      <Form.Item
        name="again"
        label={t("enrol.again")}
        dependencies={["password"]}
        rules={[
          { required: true, message: t("people.required") },
          { validator: (_, again) => (!again || again === form.getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("enrol.different")))) },
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block disabled={!met.length || !met.name}>
        {t("signIn.next")}
      </Button>
    </Form>
  );
}

function Rule({ met, text }: { met: boolean; text: string }) {
  const { t } = useTranslation();
  return (
    <li className={met ? "met" : ""}>
      {met ? <CheckCircleFilled aria-hidden /> : <span className="rule-open" aria-hidden />}
      <span>
        {text}
        <span className="sr-only"> ({t(met ? "enrol.met" : "enrol.unmet")})</span>
      </span>
    </li>
  );
}

type FactorProps = { totp: Enrolment["totp"]; busy: boolean; onCode: (code: string) => void };

/** The secret as a picture drawn here, and by hand. */
export function FactorStep({ totp, busy, onCode }: FactorProps) {
  const { t } = useTranslation();
  return (
    <div className="factor">
      <h2>{t("enrol.scanTitle")}</h2>
      <p className="soft">{t("enrol.scanLead")}</p>
      <div className="factor-row">
        <div className="qr">
          <QRCode aria-label={t("enrol.scanTitle")} value={totp.uri} size={176} bordered={false} color="#14211f" bgColor="#ffffff" type="canvas" />
        </div>
        <div className="factor-side">
          <p className="soft">{t("enrol.manual")}</p>
          <code className="secret">{totp.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
          <Form layout="vertical" requiredMark={false} onFinish={(v: { code: string }) => onCode(v.code.replace(/\s/g, ""))}>
            <Form.Item name="code" label={t("enrol.code")} rules={[{ required: true, message: t("people.required") }]}>
              <Input className="code-input" size="large" autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={7} />
            </Form.Item>
            <Button type="primary" htmlType="submit" size="large" block loading={busy}>
              {t("enrol.finish")}
            </Button>
          </Form>
        </div>
      </div>
    </div>
  );
}

export function RecoveryStep({ codes }: { codes: string[] }) {
  const { t } = useTranslation();
  const [kept, setKept] = useState(false);
  const save = (): void => {
    const address = URL.createObjectURL(new Blob([`${codes.join("\n")}\n`], { type: "text/plain" }));
    const link = Object.assign(document.createElement("a"), { href: address, download: t("enrol.fileName") });
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <div>
      <h2>{t("enrol.codesTitle")}</h2>
      <p className="soft">{t("enrol.codesLead")}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <p>
        <Button onClick={save}>{t("enrol.download")}</Button>
      </p>
      <p>
        <Checkbox checked={kept} onChange={(e) => setKept(e.target.checked)}>
          {t("enrol.kept")}
        </Checkbox>
      </p>
      <Button type="primary" size="large" block disabled={!kept} onClick={() => window.location.assign("/")}>
        {t("enrol.done")}
      </Button>
    </div>
  );
}
