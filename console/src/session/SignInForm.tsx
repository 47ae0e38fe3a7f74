import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { giveCode, signIn, type SignInStep } from "../api/auth";
import { canUsePasskeys, signInByPasskey } from "../api/passkeys";
import { isStarting } from "../parts/codes";
import { useProblemText } from "../parts/problem-text";

type Props = { login?: string; headed?: boolean; onSignedIn: () => Promise<void> };

/** User name and password, then a code of the authenticator or a recovery code. */
export function SignInForm({ login, headed = true, onSignedIn }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [step, setStep] = useState<SignInStep>("password");
  const [recovery, setRecovery] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const take = async (attempt: () => Promise<SignInStep>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const next = await attempt();
      setStep(next === "passkey" && !canUsePasskeys() ? "second_factor" : next);
      if (next === "done") await onSignedIn();
    } catch (error) {
      setProblem(error);
      if (isStarting(error)) setStep("password");
    } finally {
      setBusy(false);
    }
  };

  const second = step !== "password";
  const asked = step === "passkey" ? "signIn.passkeyLead" : recovery ? "signIn.recoveryLead" : "signIn.codeLead";
  const lead = t(second ? asked : "signIn.lead");
  return (
    <div className="sign-in-form">
      {headed && <h1>{t(second ? "signIn.codeTitle" : "signIn.title")}</h1>}
      {(headed || second) && <p className="soft">{lead}</p>}
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      {step === "passkey" ? (
        <PasskeyStep
          busy={busy}
          onPasskey={() => void take(async () => (await signInByPasskey(), "done"))}
          onCode={() => (setStep("second_factor"), setProblem(null))}
        />
      ) : second ? (
        <CodeStep
          key={String(recovery)}
          busy={busy}
          recovery={recovery}
          onCode={(code) => void take(() => giveCode(code))}
          onSwitch={() => setRecovery(!recovery)}
          onBack={() => (setStep("password"), setProblem(null))}
        />
      ) : (
        <PasswordStep busy={busy} login={login} onPassword={(who, password) => void take(() => signIn(who, password))} />
      )}
    </div>
  );
}

type PasswordProps = { busy: boolean; login?: string; onPassword: (login: string, password: string) => void };

function PasswordStep({ busy, login, onPassword }: PasswordProps) {
  const { t } = useTranslation();
  const missing = [{ required: true, message: t("people.required") }];
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      initialValues={{ login }}
      onFinish={(v: { login?: string; password: string }) => onPassword((login ?? v.login ?? "").trim(), v.password)}
    >
      {login ? (
        <p>
          <strong>{login}</strong>
        </p>
      ) : (
        <Form.Item name="login" label={t("signIn.login")} rules={missing}>
          <Input size="large" autoComplete="username" autoFocus spellCheck={false} autoCapitalize="none" />
        </Form.Item>
      )}
      <Form.Item name="password" label={t("signIn.password")} rules={missing}>
        <Input.Password size="large" autoComplete="current-password" autoFocus={Boolean(login)} />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>
        {t("signIn.next")}
      </Button>
      {login && (
        <Button type="link" className="back-link" onClick={() => window.location.assign("/")}>
          {t("signIn.other")}
        </Button>
      )}
    </Form>
  );
}

type PasskeyProps = { busy: boolean; onPasskey: () => void; onCode: () => void };

function PasskeyStep({ busy, onPasskey, onCode }: PasskeyProps) {
  const { t } = useTranslation();
  return (
    <>
      <Button type="primary" size="large" block loading={busy} autoFocus onClick={onPasskey}>
        {t("signIn.usePasskey")}
      </Button>
      <Button type="link" className="back-link" onClick={onCode}>
        {t("signIn.codeInstead")}
      </Button>
    </>
  );
}

type CodeProps = {
  busy: boolean;
  recovery: boolean;
  onCode: (code: string) => void;
  onSwitch: () => void;
  onBack: () => void;
};

function CodeStep({ busy, recovery, onCode, onSwitch, onBack }: CodeProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ code: string }>();
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={(v) => (onCode(v.code), form.resetFields())}
    >
      <Form.Item
        name="code"
        label={t(recovery ? "signIn.recovery" : "signIn.code")}
        rules={[{ required: true, message: t("people.required") }]}
      >
        <Input
          size="large"
          className="code-input"
          autoFocus
          autoComplete="one-time-code"
          inputMode={recovery ? "text" : "numeric"}
          maxLength={recovery ? 24 : 7}
          spellCheck={false}
        />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>
        {t("signIn.verify")}
      </Button>
      <div className="row-between small-gap">
        <Button type="link" onClick={onSwitch}>
          {t(recovery ? "signIn.useCode" : "signIn.useRecovery")}
        </Button>
        <Button type="link" onClick={onBack}>
          {t("signIn.back")}
        </Button>
      </div>
    </Form>
  );
}
