import {
  AuditOutlined,
  CommentOutlined,
  DashboardOutlined,
  DesktopOutlined,
  ImportOutlined,
  SettingOutlined,
  TeamOutlined,
  ThunderboltOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

import type { Action } from "../actions";

type Place = {
  key: "overview" | "conversations" | "events" | "intake" | "people" | "sessions" | "status" | "settings";
  path: string;
  /** The letter after ``g`` that leads there. */
  letter: string;
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  /** Any one of these opens the place; none: it is everybody's. */
  needs: readonly Action[];
};

/** Every place of the console: menu, shortcuts and routes go by this table. */
export const PLACES: readonly Place[] = [
  { key: "overview", path: "/", letter: "o", icon: DashboardOutlined, needs: [] },
  { key: "conversations", path: "/conversations", letter: "c", icon: CommentOutlined, needs: ["conversation:list"] },
  { key: "events", path: "/events", letter: "e", icon: AuditOutlined, needs: ["audit:read"] },
  { key: "intake", path: "/intake", letter: "i", icon: ImportOutlined, needs: ["intake:view"] },
  { key: "people", path: "/people", letter: "p", icon: TeamOutlined, needs: ["user:list"] },
  { key: "sessions", path: "/sessions", letter: "s", icon: DesktopOutlined, needs: ["session:list"] },
  { key: "status", path: "/status", letter: "t", icon: ThunderboltOutlined, needs: ["system:status"] },
  { key: "settings", path: "/settings", letter: ",", icon: SettingOutlined, needs: [] },
];

export const mayEnter = (place: Place, may: (action: Action) => boolean): boolean =>
  place.needs.length === 0 || place.needs.some(may);

/** Where a path belongs in the menu. */
export const placeOf = (path: string): Place | undefined =>
  PLACES.find((place) => (place.path === "/" ? path === "/" : path === place.path || path.startsWith(`${place.path}/`)));
