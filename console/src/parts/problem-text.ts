import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";

/** The words for a problem: its reason when the server names one we know, else its code, else the general one. */
export function problemKeys(error: unknown): string[] {
  if (!(error instanceof Problem)) return ["problem.internal"];
  const reason = error.params["reason"];
  return [...(typeof reason === "string" ? [`problem.${reason}`] : []), `problem.${error.code}`, "problem.internal"];
}

export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    const weaknesses = error instanceof Problem ? error.params["weaknesses"] : null;
    if (Array.isArray(weaknesses)) return weaknesses.map((code) => t(`problem.${String(code)}` as never)).join(" ");
    return t(problemKeys(error) as never);
  };
}

/** The words for a code of a family (``entity``, ``role`` …); an unknown code is shown as it is. */
export function useTerm(): (family: string, code: string | number | null | undefined) => string {
  const { t } = useTranslation();
  return (family, code) => {
    if (code === null || code === undefined || code === "") return "—";
    return t(`${family}.${String(code).replace(":", ".")}` as never, { defaultValue: String(code).replaceAll("_", " ") });
  };
}
