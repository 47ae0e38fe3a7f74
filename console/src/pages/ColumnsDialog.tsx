import { Modal } from "antd";
import { useRef, useState, type JSX } from "react";
import { useTranslation } from "react-i18next";

import type { TableColumn } from "../api/drop";
import { numberText } from "../format";
import { PlainTable } from "../parts/PlainTable";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";

type Asked = { file: string; layout: TableColumn[]; answer: (yes: boolean) => void };

/**
 * Show how a table would be read, by its own headings, and ask, once for each layout until `forget` is called.
 *
 * `ask` says whether to take tables that are laid out so.
 */
export function useColumnsDialog(): { ask: (file: string, layout: TableColumn[]) => Promise<boolean>; forget: () => void; dialog: JSX.Element } {
  const { t } = useTranslation();
  const known = useRef(new Map<string, boolean>());
  const [asked, setAsked] = useState<Asked | null>(null);

  const ask = async (file: string, layout: TableColumn[]): Promise<boolean> => {
    const key = JSON.stringify(layout.map(({ heading, field }) => [heading, field]));
    const before = known.current.get(key);
    if (before !== undefined) return before;
    const yes = await new Promise<boolean>((answer) => setAsked({ file, layout, answer }));
    setAsked(null);
    known.current.set(key, yes);
    return yes;
  };
  const dialog = (
    <Modal
      open={asked !== null}
      title={t("drop.askTitle")}
      okText={t("drop.askTake")}
      cancelText={t("drop.askLeave")}
      okButtonProps={{ autoFocus: true }}
      onOk={() => asked?.answer(true)}
      onCancel={() => asked?.answer(false)}
      width={680}
    >
      <p>{t("drop.askLead", { file: asked?.file ?? "" })}</p>
      <Layout layout={asked?.layout ?? []} />
      <p className="soft small">{t("drop.askHint")}</p>
    </Modal>
  );
  return { ask, forget: () => known.current.clear(), dialog };
}

function Layout({ layout }: { layout: TableColumn[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const term = useTerm();
  // A number that is one kind of value is told by it alone; a text may hold anything beside.
  const look = ({ cells, entities }: TableColumn): string =>
    [...(entities.length === 0 || cells === "text" ? [t(`drop.cells.${cells}`)] : []), ...entities.map((entity) => term("entity", entity))].join(" · ");
  return (
    <div className="drop-layout">
      <PlainTable
        label={t("drop.askTitle")}
        rows={layout}
        rowKey={({ number }) => String(number)}
        columns={[
          { key: "column", title: t("drop.column"), align: "end", render: ({ number }) => numberText(language, number) },
          { key: "heading", title: t("drop.heading"), render: ({ heading }) => heading || "—" },
          { key: "cells", title: t("drop.cellsTitle"), render: (column) => <span className="soft">{look(column)}</span> },
          {
            key: "field",
            title: t("drop.holds"),
            render: ({ field }) => (field === null ? <span className="soft">{t("drop.leftOut")}</span> : <strong>{term("column", field.replace(".", "_"))}</strong>),
          },
        ]}
      />
    </div>
  );
}
