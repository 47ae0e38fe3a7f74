import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

import type { Counts } from "../api/types";
import { usePreferences } from "../preferences";
import { PALETTE } from "../theme";

register([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const SERIES = {
  light: ["#0b6b66", "#5aa79f", "#c99a3f", "#6d7fb3", "#a3604f", "#4d7f3c", "#8a5a94", "#7a8794"],
  dark: ["#35b5a9", "#7fcdc4", "#e0b65e", "#8f9fd1", "#cc8a78", "#93c47d", "#c39bd3", "#a9b4bf"],
};

export type Stack = { at: string; counts: Counts };
type Props = { stacks: Stack[]; name: (code: string) => string; codes: string[] };

/** Counts by day or month, one stacked bar each; ``codes`` says which, from the bottom up. */
export default function DayChart({ stacks, name, codes }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const { dark } = usePreferences();

  useEffect(() => {
    const box = holder.current;
    if (!box) return undefined;
    const chart = init(box, null, { renderer: "canvas" });
    chart.setOption(optionOf({ stacks, name, codes }, dark));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [stacks, name, codes, dark]);

  return <div ref={holder} className="chart-box" aria-hidden="true" />;
}

function optionOf({ stacks, name, codes }: Props, dark: boolean) {
  const colours = dark ? PALETTE.dark : PALETTE.light;
  const text = { color: colours.soft, fontFamily: getComputedStyle(document.body).fontFamily };
  return {
    animationDuration: 250,
    color: dark ? SERIES.dark : SERIES.light,
    textStyle: text,
    grid: { left: 8, right: 8, top: 12, bottom: 36, containLabel: true },
    legend: { bottom: 0, type: "scroll" as const, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: text },
    // The other mode writes HTML into the page.
    tooltip: { trigger: "axis" as const, renderMode: "richText" as const, axisPointer: { type: "shadow" as const } },
    xAxis: {
      type: "category" as const,
      data: stacks.map(({ at }) => (at.length > 7 ? at.slice(5) : at)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: text,
    },
    yAxis: { type: "value" as const, minInterval: 1, splitLine: { lineStyle: { color: colours.line } }, axisLabel: text },
    series: codes.map((code) => ({
      name: name(code),
      type: "bar" as const,
      stack: "all",
      barMaxWidth: 26,
      data: stacks.map(({ counts }) => counts[code] ?? 0),
    })),
  };
}
