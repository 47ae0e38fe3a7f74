import "../glass.css";

import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePolicy } from "../api/queries";
import type { Policies } from "../api/types";
import { Listed } from "../parts/Listed";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useTerm } from "../parts/problem-text";
import { useSession } from "../session/session";
import { ScreenRule } from "./ScreenRule";

export default function PolicyPage() {
  const { t } = useTranslation();
  return (
    <div className="page page-wide">
      <PageHead title={t("policy.title")} lead={t("policy.lead")} />
      <Listed query={usePolicy()}>{(policies) => <Known policies={policies} />}</Listed>
    </div>
  );
}

function Known({ policies }: { policies: Policies }) {
  const { t } = useTranslation();
  const term = useTerm();
  return (
    <>
      <Roles roles={policies.roles} />
      <ScreenRule />
      <section className="card">
        <h2>{t("policy.rules")}</h2>
        <p className="soft small">{t("policy.rulesLead")}</p>
        <PlainTable
          label={t("policy.rules")}
          rows={policies.rules}
          rowKey={(rule) => rule.id}
          columns={[
            { key: "rule", title: t("policy.rule"), render: (rule) => <code>{rule.id}</code> },
            { key: "effect", title: t("policy.effect"), render: (rule) => <span className={`state-mark tone-${rule.permits ? "good" : "bad"}`}>{t(rule.permits ? "policy.permits" : "policy.forbids")}</span> },
            { key: "reason", title: t("policy.reason"), render: (rule) => (rule.permits ? "—" : rule.outcome === "denied" ? term("reason", rule.reason) : `${term("reason", rule.reason)} · ${term("outcome", rule.outcome)}`) },
          ]}
        />
      </section>
      <section className="card">
        <h2>{t("policy.text")}</h2>
        <p className="soft small">{t("policy.digest")}: <code>{policies.digest}</code></p>
        <pre className="policy-text" tabIndex={0} role="region" aria-label={t("policy.text")}>{policies.text}</pre>
      </section>
    </>
  );
}

function Roles({ roles }: { roles: Policies["roles"] }) {
  const { t } = useTranslation();
  const { me } = useSession();
  const term = useTerm();
  const [role, setRole] = useState(me.person.role);
  return (
    <section className="card">
      <h2>{t("policy.roles")}</h2>
      <div className="scroll-x">
        <Segmented aria-label={t("policy.choose")} value={role} onChange={setRole} options={Object.keys(roles).map((value) => ({ value, label: term("role", value) }))} />
      </div>
      <ul className="permitted">
        {roles[role]?.map((action) => <li key={action} className="found-mark">{term("action", action)}</li>)}
      </ul>
    </section>
  );
}
