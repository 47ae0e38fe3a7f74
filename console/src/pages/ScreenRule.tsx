import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Segmented } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { components } from "../api/schema";
import { Listed } from "../parts/Listed";
import { useProblemText } from "../parts/problem-text";
import { useAttempt } from "../session/attempt";
import { useSession } from "../session/session";

type Blurs = components["schemas"]["ScreenRuleOut"]["blurs"];

const KEY = ["screen-rule"];
const CHOICES: readonly Blurs[] = ["clear", "personal"];

/** What pages hide while their window is not in front: shown to whoever sees the rules, chosen by administrators. */
export function ScreenRule() {
  const { t } = useTranslation();
  const { may, me } = useSession();
  const { busy, problem, attempt } = useAttempt();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const rule = useQuery({ queryKey: KEY, queryFn: () => taken(api.GET("/api/v1/screens/rule")) });
  const choose = (blurs: Blurs): Promise<boolean> =>
    attempt(() => taken(api.POST("/api/v1/screens/rule", { body: { blurs } })), () => queries.invalidateQueries({ queryKey: KEY }));
  return (
    <section className="card">
      <h2>{t("screen.rule")}</h2>
      <p className="soft">{t("screen.ruleLead")}</p>
      {problem !== null && <Alert type="error" showIcon title={problemText(problem)} role="alert" />}
      <Listed query={rule}>
        {({ blurs }) => (
          <Segmented
            aria-label={t("screen.rule")}
            value={blurs}
            disabled={busy || !may("screen:rule")}
            onChange={(chosen) => void choose(chosen)}
            options={CHOICES.map((value) => ({ value, label: t(`screen.blurs.${value}`) }))}
          />
        )}
      </Listed>
      {may("screen:rule") && !me.session.elevated_until && <p className="soft small">{t("screen.ruleElevation")}</p>}
    </section>
  );
}
