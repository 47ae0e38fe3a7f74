import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Language } from "./i18n";

export type Appearance = "system" | "light" | "dark";

type Preferences = {
  appearance: Appearance;
  dark: boolean;
  language: Language;
  shortcuts: boolean;
  setAppearance: (appearance: Appearance) => void;
  setLanguage: (language: Language) => void;
  setShortcuts: (on: boolean) => void;
};

const Here = createContext<Preferences | null>(null);

export const stored = (key: string): string | null => localStorage.getItem(`hushkeep.${key}`);
const store = (key: string, value: string): void => localStorage.setItem(`hushkeep.${key}`, value);

function useSystemDark(): boolean {
  const query = useMemo(() => window.matchMedia("(prefers-color-scheme: dark)"), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return dark;
}

/** What this browser remembers: language, appearance, single-key shortcuts. Nothing of a customer, ever. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const [appearance, setAppearance] = useState<Appearance>((stored("appearance") as Appearance | null) ?? "system");
  const [shortcuts, setShortcuts] = useState(stored("shortcuts") !== "off");
  const systemDark = useSystemDark();
  const dark = appearance === "system" ? systemDark : appearance === "dark";
  const language = i18n.language as Language;

  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }, [language, dark]);

  const value: Preferences = {
    appearance,
    dark,
    language,
    shortcuts,
    setAppearance: (next) => (store("appearance", next), setAppearance(next)),
    setLanguage: (next) => (store("language", next), void i18n.changeLanguage(next)),
    setShortcuts: (on) => (store("shortcuts", on ? "on" : "off"), setShortcuts(on)),
  };
  return <Here value={value}>{children}</Here>;
}

export function usePreferences(): Preferences {
  const value = use(Here);
  if (!value) throw new Error("preferences are not provided here");
  return value;
}
