import { signal } from '@preact/signals';
import type { UsageRow } from '../observe/usage.ts';
import { cost, count } from './figures.ts';
import { shortClient, shortModel } from './names.ts';
import { state } from './store.ts';

const by = signal<'models' | 'clients'>('models');
const most = 6;

/** Where the money went in the last 30 days. */
export function Spend() {
  const rows = state.value?.history[by.value] ?? [];
  const highest = Math.max(...rows.map(({ usd }) => usd), 1e-9);
  return (
    <section class="panel" aria-label="Cost in 30 days">
      <div class="heading">
        <h2>Cost in 30 days</h2>
        <button type="button" class="link" onClick={() => (by.value = by.value === 'models' ? 'clients' : 'models')}>
          by {by.value === 'models' ? 'model' : 'client'}
        </button>
      </div>
      {rows.length === 0 && <p class="empty">Nothing yet.</p>}
      <ul class="bars">
        {rows.slice(0, most).map((row) => (
          <Bar key={row.group} row={row} part={row.usd / highest} />
        ))}
      </ul>
    </section>
  );
}

function Bar({ row: { group, usd, calls, unpriced }, part }: { row: UsageRow; part: number }) {
  return (
    <li title={`${group}: ${count(calls)} requests${unpriced > 0 ? `, ${count(unpriced)} unpriced` : ''}`}>
      <span class="name">{by.value === 'models' ? shortModel(group) : shortClient(group)}</span>
      <span class="number">
        <span class="quiet">{count(calls)} × </span>
        {cost(usd, unpriced)}
      </span>
      <meter aria-hidden="true" min={0} max={1} value={part} />
    </li>
  );
}
