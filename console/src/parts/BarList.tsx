import { numberText } from "../format";
import { usePreferences } from "../preferences";

type Props = { rows: { key: string; label: string; value: number; tone?: string }[]; label: string };

/** Names, lengths and figures: a chart that is a list, so that it reads without eyes too. */
export function BarList({ rows, label }: Props) {
  const { language } = usePreferences();
  const longest = Math.max(1, ...rows.map((row) => row.value));
  return (
    <ul className="bars" aria-label={label}>
      {rows.map((row) => (
        <li key={row.key}>
          <span className="bar-label">{row.label}</span>
          <span className="bar-track" aria-hidden>
            <span className={`bar ${row.tone ?? ""}`} style={{ width: `${(100 * row.value) / longest}%` }} />
          </span>
          <span className="bar-value tabular">{numberText(language, row.value)}</span>
        </li>
      ))}
    </ul>
  );
}
