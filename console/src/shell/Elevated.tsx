import { UnlockOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import { timeText } from "../format";

/** Says that administrator's rights are held, until when, and lays them down. */
export function Elevated({ until }: { until: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  useEffect(() => {
    const left = Math.max(0, Date.parse(until) - Date.now()) + 500;
    const clock = window.setTimeout(() => void queries.invalidateQueries({ queryKey: ["me"] }), left);
    return () => window.clearTimeout(clock);
  }, [until, queries]);
  const end = async (): Promise<void> => {
    await taken(api.POST("/api/v1/elevations/end"));
    await queries.invalidateQueries({ queryKey: ["me"] });
  };
  return (
    <span className="elevated" role="status">
      <UnlockOutlined aria-hidden /> {t("elevation.until", { time: timeText(until).slice(11) })}
      <Button size="small" type="link" onClick={() => void end()}>
        {t("elevation.end")}
      </Button>
    </span>
  );
}
