import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { useMemo } from "react";
import { BrowserRouter } from "react-router";

import { Problem } from "./api/problem";
import { PreferencesProvider, usePreferences } from "./preferences";
import { SessionGate } from "./session/SessionGate";
import { themeOf } from "./theme";

// Dialogues and menus in a holder of their own: in the body itself, they lock its scroll bar by a <style> without nonce.
const layers = (): HTMLElement => document.getElementById("layers") ?? document.body;
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

/** A server that is down is asked once more, one that asks for patience a few times; a refusal is an answer. */
const again = (failures: number, error: Error): boolean =>
  error instanceof Problem && (error.status === 429 ? failures < 4 : failures < 1 && (error.status === 0 || error.status >= 502));

const patience = (_failures: number, error: Error): number => {
  const seconds = error instanceof Problem ? Number(error.params["retry_after"]) : Number.NaN;
  return 1000 * (Number.isFinite(seconds) ? Math.min(seconds, 30) : 1);
};

function Themed() {
  const { dark, language } = usePreferences();
  dayjs.locale(language === "zh" ? "zh-cn" : "en");
  const theme = useMemo(() => themeOf(dark), [dark]);
  return (
    <ConfigProvider csp={{ nonce }} getPopupContainer={layers} theme={theme} locale={language === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
      <AntApp className="app">
        <BrowserRouter>
          <SessionGate />
        </BrowserRouter>
      </AntApp>
    </ConfigProvider>
  );
}

export function App() {
  const client = useMemo(
    () => new QueryClient({ defaultOptions: { queries: { retry: again, retryDelay: patience, staleTime: 15_000, refetchOnWindowFocus: false } } }),
    [],
  );
  return (
    <QueryClientProvider client={client}>
      <PreferencesProvider>
        <Themed />
      </PreferencesProvider>
    </QueryClientProvider>
  );
}
