import { numberText } from "../format";
import { usePreferences } from "../preferences";

export type Tile = { label: string; value: number; hint: string };

/** Numbers side by side, each with what it counts and one line beside it. */
export function Tiles({ tiles }: { tiles: Tile[] }) {
  const { language } = usePreferences();
  return (
    <dl className="tiles">
      {tiles.map((tile) => (
        <div key={tile.label} className="card tile">
          <dt>{tile.label}</dt>
          <dd>
            <span className="tile-value tabular">{numberText(language, tile.value, 0)}</span>
            <span className="soft small">{tile.hint}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
