import { Modal } from "antd";
import { useRef, useState, type JSX } from "react";
import { useTranslation } from "react-i18next";

import { numberText } from "../format";
import { PlainTable } from "../parts/PlainTable";
import { useTerm } from "../parts/problem-text";
import { usePreferences } from "../preferences";

/** How a table would be read: our field -> its column, from 1. */
export type Columns = Record<string, number>;
type Asked = { file: string; columns: Columns; answer: (yes: boolean) => void };

/**
 * Show by which columns a table would be read, and ask, once for each layout until `forget` is called.
 *
 * `ask` says whether to take tables that are laid out so.
 */
export function useColumnsDialog(): { ask: (file: string, columns: Columns) => Promise<boolean>; forget: () => void; dialog: JSX.Element } {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const term = useTerm();
  const known = useRef(new Map<string, boolean>());
  const [asked, setAsked] = useState<Asked | null>(null);

  const ask = async (file: string, columns: Columns): Promise<boolean> => {
    const layout = JSON.stringify(inOrder(columns));
    const before = known.current.get(layout);
    if (before !== undefined) return before;
    const yes = await new Promise<boolean>((answer) => setAsked({ file, columns, answer }));
    setAsked(null);
    known.current.set(layout, yes);
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
      width={480}
    >
      <p>{t("drop.askLead", { file: asked?.file ?? "" })}</p>
      <PlainTable
        label={t("drop.askTitle")}
        rows={inOrder(asked?.columns ?? {})}
        rowKey={([field]) => field}
        columns={[
          { key: "column", title: t("drop.column"), align: "end", render: ([, number]) => numberText(language, number) },
          { key: "field", title: t("drop.holds"), render: ([field]) => term("column", field.replace(".", "_")) },
        ]}
      />
      <p className="soft small">{t("drop.askHint")}</p>
    </Modal>
  );
  return { ask, forget: () => known.current.clear(), dialog };
}

const inOrder = (columns: Columns): [string, number][] => Object.entries(columns).sort((a, b) => a[1] - b[1]);
