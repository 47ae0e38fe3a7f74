import { Alert, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { usePeople } from "../api/queries";
import type { components } from "../api/schema";
import { shortId, timeText } from "../format";
import { useFocusBack } from "../parts/focus-back";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";

type View = components["schemas"]["ViewOut"];

/** From the code on a picture to who looked, when, and at which record. */
export function TraceDialog({ onClose }: { onClose: () => void }) {
  useFocusBack();
  const { t } = useTranslation();
  const { may } = useSession();
  const term = useTerm();
  const problemText = useProblemText();
  const people = usePeople(may("user:list"));
  const [view, setView] = useState<View | null>(null);
  const [problem, setProblem] = useState<unknown>(null);

  const find = async ({ code }: { code: string }): Promise<void> => {
    setProblem(null);
    setView(null);
    try {
      setView(await taken(api.POST("/api/v1/screens/trace", { body: { code } })));
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <Modal open title={t("screen.trace")} width={480} onCancel={onClose} footer={<Button onClick={onClose}>{t("common.close")}</Button>}>
      <p className="soft">{t("screen.traceLead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Form layout="vertical" requiredMark={false} onFinish={(value: { code: string }) => void find(value)}>
        <Form.Item name="code" label={t("screen.code")} rules={[{ required: true, message: t("people.required") }]}>
          <Input className="mono" placeholder="0000-0000" autoComplete="off" spellCheck={false} maxLength={12} />
        </Form.Item>
        <Button type="primary" htmlType="submit">{t("screen.find")}</Button>
      </Form>
      {view && (
        <dl className="facts trace-result">
          <dt>{t("screen.who")}</dt>
          <dd><strong>{people.data?.items.find((known) => known.id === view.person)?.name ?? shortId(view.person)}</strong></dd>
          <dt>{t("screen.when")}</dt>
          <dd>{timeText(view.at, "second")}</dd>
          <dt>{t("screen.session")}</dt>
          <dd className="mono">{shortId(view.session)}</dd>
          <dt>{t("screen.record")}</dt>
          <dd>{term("screenKind", view.kind)} <span className="mono">{view.record ? shortId(view.record) : ""}</span></dd>
        </dl>
      )}
    </Modal>
  );
}
