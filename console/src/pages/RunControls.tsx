import { CaretRightOutlined, PauseOutlined, StopOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";

import { api, taken } from "../api/client";
import type { IntakeRun } from "../api/types";
import { useProblemText } from "../parts/problem-text";
import { useSession } from "../session/session";

type Step = "pause" | "resume" | "cancel";

const ask = (run: string, step: Step): Promise<unknown> => {
  const params = { path: { run }, header: {} as never };
  if (step === "pause") return taken(api.POST("/api/v1/intake/runs/{run}/pause", { params }));
  if (step === "resume") return taken(api.POST("/api/v1/intake/runs/{run}/resume", { params }));
  return taken(api.POST("/api/v1/intake/runs/{run}/cancel", { params }));
};

/** Pause, resume and cancel of a run that is not over; whoever sends it hears of it with its next batch. */
export function RunControls({ run }: { run: IntakeRun }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const problemText = useProblemText();
  const queries = useQueryClient();
  const step = useMutation({
    mutationFn: (wish: Step) => ask(run.id, wish),
    onSettled: () => queries.invalidateQueries({ queryKey: ["runs"] }),
  });
  const paused = run.state === "paused";
  if (run.state !== "running" && !paused) return null;
  return (
    <div className="run-controls">
      {!paused && may("intake:pause") && (
        <Button icon={<PauseOutlined />} loading={step.isPending} onClick={() => step.mutate("pause")}>
          {t("intake.pause")}
        </Button>
      )}
      {paused && may("intake:resume") && (
        <Button type="primary" icon={<CaretRightOutlined />} loading={step.isPending} onClick={() => step.mutate("resume")}>
          {t("intake.resume")}
        </Button>
      )}
      {may("intake:cancel") && (
        <Popconfirm
          placement="bottomLeft"
          title={t("intake.cancelTitle")}
          description={t("intake.cancelText")}
          okText={t("intake.cancelGo")}
          cancelText={t("intake.cancelKeep")}
          okButtonProps={{ danger: true }}
          onConfirm={() => step.mutate("cancel")}
        >
          <Button danger icon={<StopOutlined />} disabled={step.isPending}>
            {t("intake.cancel")}
          </Button>
        </Popconfirm>
      )}
      {paused && <span className="soft">{t("intake.pausedHint")}</span>}
      {step.error && <span className="bad" role="alert">{problemText(step.error)}</span>}
    </div>
  );
}
