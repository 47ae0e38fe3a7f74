import { useTranslation } from "react-i18next";

import { useRuns } from "../api/queries";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { PageHead } from "../parts/PageHead";
import { useSession } from "../session/session";
import { DropZone } from "./DropZone";
import { RunList } from "./RunList";

export default function Intake() {
  const { t } = useTranslation();
  const { may } = useSession();
  const runs = useRuns();
  return (
    <div className="page page-wide">
      <PageHead title={t("intake.title")} lead={t("intake.lead")} />
      {may("conversation:store") && <DropZone />}
      <Listed query={runs}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t("intake.emptyTitle")} text={t("intake.emptyText")}>
              <pre className="command">hushkeep protect ./conversations</pre>
            </EmptyState>
          ) : (
            <section className="card">
              <RunList runs={items} />
            </section>
          )
        }
      </Listed>
    </div>
  );
}
