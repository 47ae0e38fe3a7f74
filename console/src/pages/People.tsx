import { UserAddOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { asksStepUp } from "../api/problem";
import { usePeople } from "../api/queries";
import type { Person } from "../api/types";
import { EmptyState } from "../parts/EmptyState";
import { Listed } from "../parts/Listed";
import { StateMark } from "../parts/marks";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useProblemText, useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { Watermark } from "../shell/Watermark";
import { PeopleListDialog } from "./PeopleListDialog";
import { MandateDialog } from "./MandateDialog";
import { InviteDialog, type Role, ROLES } from "./InviteDialog";

export default function People() {
  const { t } = useTranslation();
  const { may } = useSession();
  const people = usePeople();
  const [inviting, setInviting] = useState(false);
  const [listing, setListing] = useState(false);
  return (
    <div className="page page-wide">
      <PageHead title={t("people.title")} lead={t("people.lead")}>
        {may("user:invite") && <Button onClick={() => setListing(true)}>{t("people.list")}</Button>}
        {may("user:invite") && (
          <Button type="primary" icon={<UserAddOutlined />} onClick={() => setInviting(true)}>
            {t("people.invite")}
          </Button>
        )}
      </PageHead>
      <Listed query={people}>
        {({ items }) =>
          items.length === 0 ? <EmptyState title={t("people.emptyTitle")} text={t("people.emptyText")} /> : <PeopleTable people={items} />
        }
      </Listed>
      <PeopleListDialog open={listing} onClose={() => setListing(false)} />
      <InviteDialog open={inviting} onClose={() => setInviting(false)} />
      <Watermark kind="list" />
    </div>
  );
}

function stateOf(person: Person): string {
  if (person.left) return "deactivated";
  if (!person.enrolled) return "invited";
  return person.active ? "active" : "locked";
}

/** Send a change, ask for a fresh second factor if it takes one, and show the list as it now stands. */
function useChange() {
  const { confirmed } = useSession();
  const { message } = App.useApp();
  const { t } = useTranslation();
  const queries = useQueryClient();
  const problemText = useProblemText();
  return async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await confirmed(act);
      void message.success(t("people.changed"));
      await queries.invalidateQueries({ queryKey: ["people"] });
    } catch (error) {
      if (!asksStepUp(error)) void message.error(problemText(error));
    }
  };
}

function PeopleTable({ people }: { people: Person[] }) {
  const { t } = useTranslation();
  const { may, me } = useSession();
  const { modal } = App.useApp();
  const term = useTerm();
  const change = useChange();
  const [regraded, setRegraded] = useState<Person | null>(null);
  const [bound, setBound] = useState<Person | null>(null);

  const deactivate = (person: Person): void =>
    void modal.confirm({
      title: t("people.deactivateTitle", { name: person.name }),
      content: t("people.deactivateLead"),
      okText: t("people.deactivate"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: () => change(() => taken(api.POST("/api/v1/people/{person}/deactivate", { params: { path: { person: person.id } } }))),
    });

  return (
    <section className="card">
      <PlainTable
        label={t("people.title")}
        rows={people}
        rowKey={(person) => person.id}
        columns={[
          {
            key: "name",
            title: t("people.name"),
            render: (person) => (
              <span className="two-lines">
                <strong>{person.name}{person.id === me.person.id && <span className="soft"> · {t("common.you")}</span>}</strong>
                <span className="soft">{person.login}</span>
              </span>
            ),
          },
          { key: "role", title: t("people.role"), render: (person) => term("role", person.role) },
          { key: "state", title: t("people.state"), render: (person) => <StateMark family="state" code={stateOf(person)} /> },
          {
            key: "actions",
            title: t("people.actions"),
            align: "end",
            render: (person) =>
              person.id !== me.person.id &&
              !person.left && (
                <span className="row-actions">
                  {may("user:change") && <Button size="small" onClick={() => setRegraded(person)} aria-label={`${t("people.changeRole")} · ${person.name}`}>{t("people.changeRole")}</Button>}
                  {may("user:change") && person.role === "auditor" && <Button size="small" onClick={() => setBound(person)} aria-label={`${t("mandates.action")} · ${person.name}`}>{t("mandates.action")}</Button>}
                  {may("user:remove") && <Button size="small" danger onClick={() => deactivate(person)} aria-label={`${t("people.deactivate")} · ${person.name}`}>{t("people.deactivate")}</Button>}
                </span>
              ),
          },
        ]}
      />
      <MandateDialog person={bound} onClose={() => setBound(null)} />
      <RoleDialog
        person={regraded}
        onClose={() => setRegraded(null)}
        onRole={(person, role) => {
          setRegraded(null);
          void change(() => taken(api.POST("/api/v1/people/{person}/role", { params: { path: { person: person.id } }, headers: { "If-Match": `"${person.version}"` }, body: { role } })));
        }}
      />
    </section>
  );
}

type RoleProps = { person: Person | null; onClose: () => void; onRole: (person: Person, role: Role) => void };

function RoleDialog({ person, onClose, onRole }: RoleProps) {
  const { t } = useTranslation();
  const term = useTerm();
  const [role, setRole] = useState<Role | null>(null);
  const chosen = role ?? person?.role;
  return (
    <Modal
      open={person !== null}
      title={person && t("people.changeRoleTitle", { name: person.name })}
      okText={t("people.save")}
      cancelText={t("common.cancel")}
      okButtonProps={{ disabled: !person || chosen === person.role }}
      onOk={() => person && chosen && onRole(person, chosen)}
      onCancel={onClose}
      afterClose={() => setRole(null)}
      width={440}
    >
      <Select className="wide" aria-label={t("people.role")} value={chosen} onChange={setRole} options={ROLES.map((value) => ({ value, label: term("role", value) }))} />
      <p className="soft hint-below">{term("roleHint", chosen)}</p>
    </Modal>
  );
}
