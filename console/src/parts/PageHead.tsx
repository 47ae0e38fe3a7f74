import type { ReactNode } from "react";

type Props = { title: string; lead?: string; children?: ReactNode };

/** A page's name, what it is for, and what can be done on it. */
export function PageHead({ title, lead, children }: Props) {
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        {lead && <p className="soft">{lead}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </div>
  );
}
