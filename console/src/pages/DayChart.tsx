import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

import type { Overview } from "../api/types";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";
import { PALETTE } from "../theme";

register([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const SERIES = { light: ["#0b6b66", "#5aa79f", "#c99a3f", "#6d7fb3", "#a3604f"], dark: ["#35b5a9", "#7fcdc4", "#e0b65e", "#8f9fd1", "#cc8a78"] };

/** Conversations a day, stacked by channel. */
export default function DayChart({ days }: { days: Overview["days"] }) {
  const holder = useRef<HTMLDivElement>(null);
  const { dark } = usePreferences();
  const term = useTerm();

  useEffect(() => {
    const box = holder.current;
    if (!box) return undefined;
    const chart = init(box, null, { renderer: "canvas" });
    chart.setOption(optionOf(days, dark, (channel) => term("channel", channel)));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [days, dark, term]);

  return <div ref={holder} className="chart-box" aria-hidden="true" />;
}

function optionOf(days: Overview["days"], dark: boolean, name: (channel: string) => string) {
  const colours = dark ? PALETTE.dark : PALETTE.light;
  const channels = [...new Set(days.flatMap((day) => Object.keys(day.channels)))];
  const text = { color: colours.soft, fontFamily: getComputedStyle(document.body).fontFamily };
  return {
    animationDuration: 250,
    color: dark ? SERIES.dark : SERIES.light,
    textStyle: text,
    grid: { left: 8, right: 8, top: 12, bottom: 36, containLabel: true },
    legend: { bottom: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: text },
    // The other mode writes HTML into the page.
    tooltip: { trigger: "axis" as const, renderMode: "richText" as const, axisPointer: { type: "shadow" as const } },
    xAxis: {
      type: "category" as const,
      data: days.map((day) => day.day.slice(5)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: text,
    },
    yAxis: { type: "value" as const, splitLine: { lineStyle: { color: colours.line } }, axisLabel: text },
    series: channels.map((channel) => ({
      name: name(channel),
      type: "bar" as const,
      stack: "all",
      barMaxWidth: 26,
      data: days.map((day) => day.channels[channel] ?? 0),
    })),
  };
}
