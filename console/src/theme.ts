import { theme as antd, type ThemeConfig } from "antd";

const FONT = `"Inter Variable", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", system-ui, sans-serif`;

/** The colours that both the components' theme and style.css use; contrast is at least 4.5 to 1 on their grounds. */
export const PALETTE = {
  light: { primary: "#0b6b66", ground: "#f4f6f5", surface: "#ffffff", text: "#14211f", soft: "#51605d", line: "#dfe5e3" },
  dark: { primary: "#2ba89d", ground: "#0e1413", surface: "#151d1b", text: "#e6eeec", soft: "#9fb0ac", line: "#27322f" },
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
      borderRadius: 8,
      fontFamily: FONT,
      fontSize: 14,
      controlHeight: 36,
      motionDurationMid: "0.15s",
      motionDurationSlow: "0.2s",
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", fontWeight: 500, primaryColor: dark ? "#06211f" : "#ffffff" },
      Tag: { defaultBg: "transparent" },
    },
  };
}
