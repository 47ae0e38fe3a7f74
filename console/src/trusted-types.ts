/**
 * The page runs under `require-trusted-types-for 'script'`. Libraries that set innerHTML to plain text or to nothing
 * (style rules, an emptied canvas holder) pass; anything that could become an element is refused, so that there is
 * nothing to sanitise. No policy makes scripts or script addresses.
 */
type Policy = { createHTML: (text: string) => string | null };
type Factory = { createPolicy: (name: string, rules: Policy) => unknown };

export const withoutMarkup = (text: string): string | null => (text.includes("<") ? null : text);

export function forbidMarkup(factory = (globalThis as { trustedTypes?: Factory }).trustedTypes): void {
  factory?.createPolicy("default", { createHTML: withoutMarkup });
}
