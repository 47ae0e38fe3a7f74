import { Alert, Modal, Radio } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { evidenceFor } from "../api/evidence";
import { asksStepUp, Problem } from "../api/problem";
import type { Conversation, Revealed } from "../api/types";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { AskLeave, lendable } from "./AskLeave";

/** Stable codes; the server refuses any other. */
export const PURPOSES = ["customer_request", "complaint", "quality_review", "fraud_check", "legal_duty", "data_subject_request"] as const;

/** The role may reveal, since the dialogue is open at all: then it is the purpose that it may not give. */
const unfit = (error: unknown): boolean => error instanceof Problem && error.params["reason"] === "not_permitted";

type Props = {
  open: boolean;
  conversation: Conversation;
  chosen: number[];
  onClose: () => void;
  onRevealed: (revealed: Revealed, purpose: string) => void;
};

/** Ask for a purpose, say that it is recorded, then fetch the original once. */
export function RevealDialog({ open, conversation, chosen, onClose, onRevealed }: Props) {
  const { t } = useTranslation();
  const { confirmed, me } = useSession();
  const term = useTerm();
  const problemText = useProblemText();
  const [purpose, setPurpose] = useState<string | null>(null);
  const [part, setPart] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => setProblem(null), [open]);

  const some = chosen.length > 0 && part;
  const reveal = async (): Promise<void> => {
    if (!purpose) return;
    setBusy(true);
    setProblem(null);
    const ask = async (): Promise<Revealed> => {
      const subject = conversation.subject;
      const proof = subject && (await evidenceFor(me, { conversation: null, subject, classes: ["text"], purpose }));
      const turns = some ? { turns: chosen.toSorted((a, b) => a - b) } : {};
      return taken<Revealed>(
        api.POST("/api/v1/conversations/{conversation}/reveal", {
          params: { path: { conversation: conversation.id } },
          body: { purpose, proof: proof || null, ...turns },
        }),
      );
    };
    try {
      onRevealed(await confirmed(ask), purpose);
      setPurpose(null);
    } catch (error) {
      if (!asksStepUp(error)) setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal
      open={open}
      title={t("conversation.revealTitle")}
      okText={t("conversation.revealGo")}
      cancelText={t("common.cancel")}
      okButtonProps={{ disabled: !purpose }}
      confirmLoading={busy}
      onOk={() => void reveal()}
      onCancel={onClose}
      width={520}
    >
      <Alert type="warning" showIcon title={t("conversation.revealLead")} />
      {problem !== null && <Alert type="error" showIcon title={unfit(problem) ? t("problem.purpose_unfit") : problemText(problem)} role="alert" />}
      {lendable(problem) && purpose && <AskLeave purpose={purpose} />}
      <fieldset className="choices">
        <legend>{t("conversation.revealPurpose")}</legend>
        <Radio.Group
          value={purpose}
          onChange={(e) => setPurpose(e.target.value as string)}
          options={PURPOSES.map((value) => ({ value, label: term("purpose", value) }))}
        />
      </fieldset>
      {chosen.length > 0 && (
        <fieldset className="choices choices-stacked">
          <legend>{t("conversation.revealScope")}</legend>
          <Radio.Group
            value={part}
            onChange={(e) => setPart(e.target.value as boolean)}
            options={[
              { value: true, label: t("conversation.revealChosen", { count: chosen.length }) },
              { value: false, label: t("conversation.revealAll") },
            ]}
          />
        </fieldset>
      )}
    </Modal>
  );
}
