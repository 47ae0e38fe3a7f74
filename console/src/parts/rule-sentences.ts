/** What a rule of access says of itself; "" where it says nothing. */
export type Said = { id: string; says_en: string; says_zh: string };

export const sentence = (rule: Said, language: string): string => (language.startsWith("zh") ? rule.says_zh : rule.says_en);

/** The rules that hold every word of `wanted` in their sentence (in either language), their id or what `also` gives. */
export function found<Rule extends Said>(rules: readonly Rule[], wanted: string, also: (rule: Rule) => string): Rule[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return rules.filter((rule) => {
    const text = `${rule.says_en} ${rule.says_zh} ${rule.id} ${also(rule)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
