import { theme as antd, type ThemeConfig } from "antd";

const FONT = `"Inter Variable", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", system-ui, sans-serif`;

/** The colours that both the components' theme and style.css use; contrast is at least 4.5 to 1 on their grounds. */
export const PALETTE = {
  light: { primary: "#0b6b66", ground: "#f4f6f5", surface: "#ffffff", text: "#14211f", soft: "#51605d", line: "#dfe5e3" },
  dark: { primary: "#35b5a9", ground: "#0e1413", surface: "#151d1b", text: "#e6eeec", soft: "#9fb0ac", line: "#27322f" },
} as const;

export function themeOf(dark: boolean): ThemeConfig {
  const c = dark ? PALETTE.dark : PALETTE.light;
  return {
    algorithm: dark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      colorPrimary: c.primary,
      colorLink: dark ? "#4fc4b9" : "#0b6b66",
      colorBgLayout: c.ground,
      colorBgContainer: c.surface,
      colorBgElevated: dark ? "#1b2523" : "#ffffff",
      colorText: c.text,
      colorTextSecondary: c.soft,
      colorTextTertiary: c.soft,
      colorTextDescription: c.soft,
      colorTextPlaceholder: dark ? "#8fa09c" : "#63726f",
      colorBorder: dark ? "#3a4744" : "#c6d0cd",
      colorBorderSecondary: c.line,
      colorError: dark ? "#f0766b" : "#b3261e",
      colorSuccess: dark ? "#55b98a" : "#1f7a4d",
      colorWarning: dark ? "#e0ab4a" : "#8a5a00",
      colorPrimaryBg: dark ? "#14302d" : "#e3f1ef",
      colorPrimaryBgHover: dark ? "#1a3c38" : "#d5e9e6",
      colorWarningBg: dark ? "#2f2613" : "#fcf1da",
      colorWarningBorder: dark ? "#5c4a1f" : "#ecd4a0",
      colorErrorBg: dark ? "#331b19" : "#fbe9e7",
      colorErrorBorder: dark ? "#6b3330" : "#efc1bd",
      colorSuccessBg: dark ? "#13291f" : "#e4f3ea",
      colorInfoBg: dark ? "#18263a" : "#e6eef9",
      colorInfoBorder: dark ? "#2f4668" : "#c3d5ee",
      colorInfo: dark ? "#8fb4ea" : "#2b5c9e",
      borderRadius: 8,
      fontFamily: FONT,
      fontSize: 14,
      controlHeight: 36,
      motionDurationMid: "0.15s",
      motionDurationSlow: "0.2s",
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", fontWeight: 500, primaryColor: dark ? "#041a18" : "#ffffff" },
      Tag: { defaultBg: "transparent" },
    },
  };
}
