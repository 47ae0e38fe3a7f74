import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

type Period = { from?: string | null; to?: string | null };
type Props = { period: Period; onChange: (period: { from?: string; to?: string }) => void };

/** Whole days of the reader's own time zone, either end open: ``from`` is the first moment, ``to`` the first one after. */
export function PeriodFilter({ period: { from, to }, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <DatePicker.RangePicker
      aria-label={t("conversations.period")}
      placeholder={[t("common.from"), t("common.to")]}
      // Where no end may be empty, an empty field holds whoever comes by the Tab key.
      allowEmpty={[true, true]}
      value={[from ? dayjs(from) : null, to ? dayjs(to).subtract(1, "millisecond") : null]}
      onChange={(range) =>
        onChange({
          from: range?.[0]?.startOf("day").toISOString(),
          to: range?.[1]?.startOf("day").add(1, "day").toISOString(),
        })
      }
    />
  );
}
