import { InboxOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";

type Props = { title: string; text: string; children?: ReactNode };

/** Nothing here, why, and what to do next. */
export function EmptyState({ title, text, children }: Props) {
  return (
    <div className="state">
      <InboxOutlined className="state-icon" aria-hidden />
      <h2>{title}</h2>
      <p className="soft">{text}</p>
      {children}
    </div>
  );
}
