import { Alert, Button, Steps } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, isDemoSite, taken } from "../api/client";
import { Problem } from "../api/problem";
import type { Enrolment } from "../api/types";
import { Loading } from "../parts/Loading";
import { useProblemText } from "../parts/problem-text";
import { Brand } from "../shell/Brand";
import { DemoBadge, LanguageSwitch, ThemeSwitch } from "../shell/switches";
import { FactorStep, PasswordStep, RecoveryStep } from "./EnrolSteps";

/** The token stands behind `#`, which a browser never sends; it leaves the address bar as soon as it is read. */
function takeToken(): string {
  const token = decodeURIComponent(window.location.hash.slice(1));
  if (token) window.history.replaceState(null, "", window.location.pathname);
  return token;
}

const token = takeToken();

export default function Enrol() {
  const { t } = useTranslation();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [problem, setProblem] = useState<unknown>(null);

  useEffect(() => {
    document.title = `${t("enrol.title")} · ${t("app.name")}`;
  }, [t]);
  useEffect(() => {
    if (token) taken(api.POST("/api/v1/enrolment/begin", { body: { token } })).then(setEnrolment, setProblem);
  }, []);

  return (
    <div className="enrol">
      <header className="enrol-head">
        <Brand />
        <span className="grow" />
        {isDemoSite() && <DemoBadge />}
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main className="card enrol-card">
        {!token && <Refused text={t("enrol.invalid")} />}
        {problem !== null && <RefusedFor problem={problem} />}
        {token && !problem && !enrolment && <Loading />}
        {enrolment && <Enrolling enrolment={enrolment} />}
      </main>
    </div>
  );
}

function Refused({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t("enrol.title")}</h1>
      <Alert type="error" showIcon title={text} role="alert" />
      <a href="/">{t("enrol.done")}</a>
    </>
  );
}

function RefusedFor({ problem }: { problem: unknown }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const spent = problem instanceof Problem && problem.code === "not_found";
  return <Refused text={spent ? t("problem.link_spent") : problemText(problem)} />;
}

function Enrolling({ enrolment }: { enrolment: Enrolment }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [step, setStep] = useState(0);
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [codes, setCodes] = useState<string[]>([]);

  const finish = async (code: string): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const made = await taken(api.POST("/api/v1/enrolment/finish", { body: { token, password, code } }));
      setPassword("");
      setCodes(made.recovery_codes);
      setStep(2);
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem && "weaknesses" in error.params) setStep(0);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <h1>{t("enrol.welcome", { name: enrolment.name })}</h1>
      <p className="soft">{t("enrol.lead")}</p>
      <Steps
        size="small"
        current={step}
        responsive={false}
        items={[{ title: t("enrol.stepPassword") }, { title: t("enrol.stepFactor") }, { title: t("enrol.stepCodes") }]}
      />
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      {step === 0 && <PasswordStep enrolment={enrolment} onPassword={(chosen) => (setPassword(chosen), setProblem(null), setStep(1))} />}
      {step === 1 && <FactorStep totp={enrolment.totp} busy={busy} onCode={(code) => void finish(code)} />}
      {step === 2 && <RecoveryStep codes={codes} />}
      {step === 1 && (
        <Button type="link" className="back-link" onClick={() => setStep(0)}>
          {t("enrol.back")}
        </Button>
      )}
    </>
  );
}
