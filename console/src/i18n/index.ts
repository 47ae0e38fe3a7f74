import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { en } from "./en";
import { zh } from "./zh";

export const LANGUAGES = ["zh", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language to begin with: the one chosen here before, else the browser's, else Chinese. */
export function firstLanguage(stored: string | null, browser: readonly string[]): Language {
  if (stored === "zh" || stored === "en") return stored;
  const spoken = browser.map((tag) => tag.slice(0, 2).toLowerCase());
  return LANGUAGES.find((language) => spoken[0] === language) ?? (spoken.length ? "en" : "zh");
}

export async function startLanguage(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    resources: { en: { translation: en }, zh: { translation: zh } },
    nsSeparator: false,
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
}
