import "../glass.css";

import { SearchOutlined } from "@ant-design/icons";
import { Input, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePolicy } from "../api/queries";
import type { Policies } from "../api/types";
import { Listed } from "../parts/Listed";
import { PageHead } from "../parts/PageHead";
import { PlainTable } from "../parts/PlainTable";
import { useTerm } from "../parts/problem-text";
import { RuleName } from "../parts/RuleName";
import { found } from "../parts/rule-sentences";
import { useSession } from "../session/session";
import { ScreenRule } from "./ScreenRule";

type Rule = Policies["rules"][number];

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
  return (
    <>
      <Roles roles={policies.roles} />
      <ScreenRule />
      <Rules rules={policies.rules} />
      <section className="card">
        <h2>{t("policy.text")}</h2>
        <p className="soft small">{t("policy.digest")}: <code>{policies.digest}</code></p>
        <pre className="policy-text" tabIndex={0} role="region" aria-label={t("policy.text")}>{policies.text}</pre>
      </section>
    </>
  );
}

function Rules({ rules }: { rules: Policies["rules"] }) {
  const { t } = useTranslation();
  const term = useTerm();
  const [wanted, setWanted] = useState("");
  const effect = (rule: Rule): string => t(rule.permits ? "policy.permits" : "policy.forbids");
  const meaning = (rule: Rule): string =>
    rule.permits ? "" : [term("reason", rule.reason), ...(rule.outcome === "denied" ? [] : [term("outcome", rule.outcome)])].join(" · ");
  const shown = found(rules, wanted, (rule) => `${effect(rule)} ${meaning(rule)}`);
  return (
    <section className="card">
      <h2>{t("policy.rules")}</h2>
      <p className="soft small">{t("policy.rulesLead")}</p>
      <div className="rule-search">
        <Input
          data-shortcut="/"
          allowClear
          aria-label={t("policy.search")}
          placeholder={t("policy.search")}
          prefix={<SearchOutlined aria-hidden />}
          value={wanted}
          onChange={(e) => setWanted(e.target.value)}
          spellCheck={false}
        />
        <span className="soft small" role="status">{wanted.trim() ? t("policy.shown", { shown: shown.length, total: rules.length }) : t("policy.all", { total: rules.length })}</span>
      </div>
      {shown.length === 0 ? (
        <p className="soft">{t("policy.none")}</p>
      ) : (
        <PlainTable
          label={t("policy.rules")}
          rows={shown}
          rowKey={(rule) => rule.id}
          columns={[
            { key: "rule", title: t("policy.rule"), render: (rule) => <RuleName rule={rule} /> },
            { key: "effect", title: t("policy.effect"), render: (rule) => <span className={`state-mark tone-${rule.permits ? "good" : "bad"}`}>{effect(rule)}</span> },
            { key: "reason", title: t("policy.reason"), render: (rule) => meaning(rule) || "—" },
          ]}
        />
      )}
    </section>
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
