import {
  AlertOutlined,
  FireOutlined,
  SolutionOutlined,
  AudioOutlined,
  AuditOutlined,
  CheckSquareOutlined,
  CommentOutlined,
  CustomerServiceOutlined,
  DashboardOutlined,
  DesktopOutlined,
  ImportOutlined,
  LaptopOutlined,
  SafetyCertificateOutlined,
  SettingOutlined,
  TeamOutlined,
  ThunderboltOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

import type { Action } from "../actions";

type Place = {
  key: "overview" | "desk" | "approvals" | "emergencies" | "reviews" | "conversations" | "recordings" | "events" | "alarms" | "intake" | "people" | "sessions" | "devices" | "policy" | "status" | "settings";
  path: string;
  /** The letter after ``g`` that leads there. */
  letter: string;
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  /** Who may enter; absent: everybody. */
  when?: (may: May) => boolean;
};

type May = (action: Action) => boolean;

/**
 * A permission says what a role may do at best. Those who reveal read the trail of single conversations, not the whole
 * log, unless their work is to verify it.
 */
const readsWholeLog = (may: May): boolean => may("audit:read") && (may("audit:verify") || !may("conversation:reveal"));

/** Every place of the console: menu, shortcuts and routes go by this table. */
export const PLACES: readonly Place[] = [
  { key: "overview", path: "/", letter: "o", icon: DashboardOutlined },
  { key: "desk", path: "/desk", letter: "d", icon: CustomerServiceOutlined, when: (may) => may("desk:view") },
  { key: "conversations", path: "/conversations", letter: "c", icon: CommentOutlined, when: (may) => may("conversation:list") },
  { key: "recordings", path: "/recordings", letter: "r", icon: AudioOutlined, when: (may) => may("recording:list") },
  { key: "approvals", path: "/approvals", letter: "w", icon: CheckSquareOutlined, when: (may) => may("approval:list") },
  {
    key: "emergencies",
    path: "/emergencies",
    letter: "m",
    icon: FireOutlined,
    when: (may) => may("emergency:request") || may("emergency:review") || may("emergency:decide"),
  },
  { key: "reviews", path: "/reviews", letter: "q", icon: SolutionOutlined, when: (may) => may("review:list") },
  { key: "events", path: "/events", letter: "e", icon: AuditOutlined, when: readsWholeLog },
  { key: "alarms", path: "/alarms", letter: "a", icon: AlertOutlined, when: (may) => may("alarm:list") },
  { key: "intake", path: "/intake", letter: "i", icon: ImportOutlined, when: (may) => may("intake:view") },
  { key: "people", path: "/people", letter: "p", icon: TeamOutlined, when: (may) => may("user:list") },
  { key: "sessions", path: "/sessions", letter: "s", icon: DesktopOutlined, when: (may) => may("session:list") },
  { key: "devices", path: "/devices", letter: "v", icon: LaptopOutlined },
  { key: "policy", path: "/policy", letter: "y", icon: SafetyCertificateOutlined, when: (may) => may("policy:view") },
  { key: "status", path: "/status", letter: "t", icon: ThunderboltOutlined, when: (may) => may("system:status") },
  { key: "settings", path: "/settings", letter: ",", icon: SettingOutlined },
];

export const mayEnter = (place: Place, may: May): boolean => place.when?.(may) ?? true;

/** Where a path belongs in the menu. */
export const placeOf = (path: string): Place | undefined =>
  PLACES.find((place) => (place.path === "/" ? path === "/" : path === place.path || path.startsWith(`${place.path}/`)));
