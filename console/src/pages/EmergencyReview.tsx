import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import type { Emergency } from "../api/types";
import { shortId } from "../format";
import { useFocusBack } from "../parts/focus-back";
import { Listed } from "../parts/Listed";
import { Moment, StateMark } from "../parts/marks";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";

type Props = { emergency: Emergency; onClose: () => void };

/** Everything that was done with the customer, and the judgement of a third person. */
export function EmergencyReview({ emergency, onClose }: Props) {
  useFocusBack();
  const { t } = useTranslation();
  const { confirmed } = useSession();
  const term = useTerm();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const path = { params: { path: { emergency: emergency.id } } };
  const seen = useQuery({
    queryKey: ["seen", emergency.id],
    queryFn: () => confirmed(() => taken(api.GET("/api/v1/emergencies/{emergency}/seen", path))),
    retry: false,
  });

  const judge = async (verdict: "justified" | "abused"): Promise<void> => {
    try {
      await confirmed(() => taken(api.POST("/api/v1/emergencies/{emergency}/review", { ...path, body: { verdict } })));
      await queries.invalidateQueries({ queryKey: ["emergencies"] });
      onClose();
    } catch (error) {
      if (!asksStepUp(error)) setProblem(error);
    }
  };

  return (
    <Modal
      open
      title={t("emergencies.judgeTitle")}
      width={640}
      onCancel={onClose}
      footer={[
        <Button key="close" onClick={onClose}>{t("common.close")}</Button>,
        <Button key="bad" danger disabled={!seen.data} onClick={() => void judge("abused")}>{t("emergencies.abused")}</Button>,
        <Button key="good" type="primary" disabled={!seen.data} onClick={() => void judge("justified")}>{t("emergencies.justified")}</Button>,
      ]}
    >
      <p className="soft">{t("emergencies.judgeLead")}</p>
      <p>
        <strong>{emergency.holder_name ?? shortId(emergency.holder)}</strong> · {term("emergencyReason", emergency.reason)} · <span className="mono">{emergency.reference}</span>
      </p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Listed query={seen}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{t("emergencies.judgeNone")}</p>
          ) : (
            <ol className="trail">
              {items.map((event) => (
                <li key={event.id} className={event.action.endsWith(":reveal") ? "trail-entry trail-reveal" : "trail-entry"}>
                  <span className="row-between">
                    <span>
                      {term("action", event.action)}
                      {event.purpose && <span className="soft"> · {term("purpose", event.purpose)}</span>}
                    </span>
                    <span>
                      <Moment at={event.at} precision="second" /> <StateMark family="outcome" code={event.outcome} />
                    </span>
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Listed>
    </Modal>
  );
}
