import { limitText, type Row, shown, verdict } from './report.ts';

const width = 860;
const labelWidth = 300;
const barSpan = 380;
const lineHeight = 34;
const top = 64;

/**
 * The measured ratios as bars against the floor at 1×, on a logarithmic scale from ¼× to 8×, each with its target as a
 * tick. Values outside the scale are cut and still told in words.
 */
export function plot(rows: readonly Row[]): string {
  const drawn = rows.filter((row) => row.limit && !row.absolute && Number.isFinite(row.ratio));
  const height = top + drawn.length * lineHeight + 40;
  const scale = [0.25, 0.5, 1, 2, 4, 8].map((value) => gridLine(value, height)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="claude-bedrock against a byte-piping proxy">
<style>
text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}.dim{fill:#6e7781;font-size:11px}
.grid{stroke:#d0d7de}.one{stroke:#57606a;stroke-width:1.5}.pass{fill:#2da44e}.miss{fill:#cf222e}.target{stroke:#24292f;stroke-width:2}
.ground{fill:#fff}@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}.dim{fill:#8b949e}.grid{stroke:#30363d}.one{stroke:#8b949e}.target{stroke:#e6edf3}}
</style>
<rect class="ground" width="100%" height="100%"/>
<text class="title" x="16" y="26">claude-bedrock against a proxy that only copies bytes (1×)</text>
${scale}
${drawn.map(bar).join('\n')}
<text class="dim" x="16" y="${height - 12}">Bars: measured ratio. Black tick: target. Logarithmic scale.</text>
</svg>
`;
}

/** Where a ratio stands on the scale. */
function place(ratio: number): number {
  const share = (Math.log2(Math.min(Math.max(ratio, 0.25), 8)) + 2) / 5;
  return labelWidth + Math.round(share * barSpan);
}

function gridLine(value: number, height: number): string {
  const x = place(value);
  return `<line class="${value === 1 ? 'one' : 'grid'}" x1="${x}" y1="${top - 10}" x2="${x}" y2="${height - 36}"/><text class="dim" x="${x}" y="${top - 16}" text-anchor="middle">${value}×</text>`;
}

function bar(row: Row, at: number): string {
  const y = top + at * lineHeight;
  const [one, end] = [place(1), place(row.ratio)];
  const limit = row.limit && place('atMost' in row.limit ? row.limit.atMost : row.limit.atLeast);
  return `<text x="16" y="${y + 16}">${row.figure}</text>
<rect class="${verdict(row)}" x="${Math.min(one, end)}" y="${y + 4}" width="${Math.max(Math.abs(end - one), 2)}" height="16" rx="2"/>
<line class="target" x1="${limit}" y1="${y}" x2="${limit}" y2="${y + 24}"/>
<text x="${labelWidth + barSpan + 16}" y="${y + 16}">${shown(row.ratio)}× (${limitText(row)}) ${verdict(row)}</text>`;
}
