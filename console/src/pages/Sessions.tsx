import { useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import { useDevices, usePeople, useSessions } from "../api/queries";
import type { SessionRow } from "../api/types";
import { shortId } from "../format";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { Moment } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";

export default function Sessions() {
  const { t } = useTranslation();
  const { may } = useSession();
  // Whoever may not list people sees their own sessions.
  const everybody = may("user:list");
  const sessions = useSessions(!everybody);
  return (
    <div className="page page-wide">
      <PageHead title={t("sessions.title")} lead={t(everybody ? "sessions.lead" : "sessions.leadMine")} />
      <Listed query={sessions}>
        {({ items }) =>
          items.length === 0 ? <EmptyState title={t("sessions.emptyTitle")} text={t("sessions.emptyText")} /> : <SessionTable sessions={items} />
        }
      </Listed>
      <Watermark kind="list" />
    </div>
  );
}

function Network({ session }: { session: SessionRow }) {
  if (!session.network) return "—";
  return (
    <span className="two-lines">
      <span className="mono">{session.network}</span>
      {session.country && <span className="soft">{session.country}</span>}
    </span>
  );
}

/** The browser by its name; its id tells two of one name apart. */
function Device({ session, label }: { session: SessionRow; label: string | undefined }) {
  if (!session.device) return "—";
  return (
    <span className="two-lines">
      {label && <span>{label}</span>}
      <span className="mono soft small">{shortId(session.device)}</span>
    </span>
  );
}

function SessionTable({ sessions }: { sessions: SessionRow[] }) {
  const { t } = useTranslation();
  const { confirmed, may, me } = useSession();
  const people = usePeople(may("user:list"));
  const names = new Map(people.data?.items.map((person) => [person.id, person.name]));
  const devices = useDevices(!may("user:list"));
  const labels = new Map(devices.data?.items.map((device) => [device.id, device.label]));
  const { message, modal } = App.useApp();
  const queries = useQueryClient();
  const problemText = useProblemText();

  const nameOf = (session: SessionRow): string =>
    names.get(session.person) ?? (session.person === me.person.id ? me.person.name : shortId(session.person));
  const acts = may("session:revoke") && sessions.some((session) => !session.here);

  const end = (session: SessionRow): void =>
    void modal.confirm({
      title: t("sessions.endTitle", { name: nameOf(session) }),
      content: t("sessions.endLead", { device: labels.get(session.device ?? "") ?? t("sessions.browser") }),
      okText: t("sessions.end"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: async () => {
        try {
          await confirmed(() => taken(api.DELETE("/api/v1/sessions/{session}", { params: { path: { session: session.id } } })));
          await queries.invalidateQueries({ queryKey: ["sessions"] });
        } catch (error) {
          if (!asksStepUp(error)) void message.error(problemText(error));
        }
      },
    });

  return (
    <section className="card">
      <PlainTable
        label={t("sessions.title")}
        rows={sessions}
        rowKey={(session) => session.id}
        columns={[
          {
            key: "person",
            title: t("sessions.person"),
            render: (session) => (
              <span className="two-lines">
                <strong>{nameOf(session)}</strong>
                {session.here && <span className="state-mark tone-good">{t("sessions.current")}</span>}
              </span>
            ),
          },
          { key: "started", title: t("sessions.started"), render: (session) => <Moment at={session.created_at} /> },
          { key: "seen", title: t("sessions.seen"), render: (session) => <Moment at={session.seen_at} /> },
          { key: "expires", title: t("sessions.expires"), render: (session) => <Moment at={session.expires_at} /> },
          { key: "network", title: t("sessions.network"), render: (session) => <Network session={session} /> },
          { key: "device", title: t("sessions.device"), render: (session) => <Device session={session} label={labels.get(session.device ?? "")} /> },
          ...(acts ? [{
            key: "end",
            title: t("people.actions"),
            align: "end" as const,
            render: (session: SessionRow) =>
              !session.here && (
                <Button size="small" danger aria-label={`${t("sessions.end")} · ${nameOf(session)}`} onClick={() => end(session)}>
                  {t("sessions.end")}
                </Button>
              ),
          }] : []),
        ]}
      />
    </section>
  );
}
