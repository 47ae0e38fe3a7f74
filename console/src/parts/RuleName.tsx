import { useTranslation } from "react-i18next";

import { type Said, sentence } from "./rule-sentences";

/** A rule by its sentence, its id beneath; by its id alone where it bears none. */
export function RuleName({ rule }: { rule: Said }) {
  const { i18n } = useTranslation();
  const says = sentence(rule, i18n.language);
  if (!says) return <code>{rule.id}</code>;
  return (
    <>
      <span className="rule-says">{says}</span>
      <code className="rule-id">{rule.id}</code>
    </>
  );
}
