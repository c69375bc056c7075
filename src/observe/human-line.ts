import type { CallRecord } from './call-record.ts';
import { type LogEvent, lineOf } from './log-event.ts';

/**
 * An event as a person at the terminal reads it: one calm line; undefined for what such a person has seen already.
 * `14:03:12  cursor  bedrock-sonnet  11 in, 5 out  1.2 s  $0.0001`. Not `priced`: the simulator's answers cost nothing.
 */
export function humanLine(event: LogEvent, at: Date, priced = true): string | undefined {
  const time = at.toTimeString().slice(0, 8);
  switch (event.type) {
    case 'call':
      return `${time}  ${callText(event.record, priced)}`;
    case 'listening':
    case 'stopped':
    case 'authenticated':
      return undefined;
    case 'stopping':
      return event.openStreams === 0 ? undefined : `${time}  stopping when ${plural(event.openStreams)} ended`;
    case 'refused':
      return `${time}  refused with ${event.status}: ${event.code} (${event.route}, ${event.ip})`;
    case 'budget': {
      const { percent, scope, period, spentUsd, limitUsd } = event;
      return `${time}  budget ${scope}: ${percent} % of this ${period}, $${spentUsd.toFixed(2)} of $${limitUsd.toFixed(2)}`;
    }
    default: {
      const { msg, level, fields } = lineOf(event);
      const facts = Object.entries(fields).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name} ${String(value)}`],
      );
      return `${time}  ${level === 'info' || level === 'debug' ? '' : `${level}: `}${[msg, ...facts].join(', ')}`;
    }
  }
}

const plural = (answers: number): string => (answers === 1 ? 'one open answer has' : `${answers} open answers have`);

function callText(record: CallRecord, priced: boolean): string {
  const { client, model, usage, durationMs, cost, outcome, error, id, changes } = record;
  const parts = [client.name, model];
  if (outcome === 'cached' || outcome === 'shared') parts.push(outcome === 'cached' ? 'from the cache' : 'shared');
  else if (usage) {
    const read = usage.cacheReadInputTokens;
    const all = usage.inputTokens + read + usage.cacheWriteInputTokens;
    parts.push(`${count(all)} in${read > 0 ? ` (${count(read)} cached)` : ''}, ${count(usage.outputTokens)} out`);
  }
  parts.push(durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(1)} s`);
  if (priced && cost && cost.usd > 0 && outcome === 'served') parts.push(dollars(cost.usd));
  if (outcome === 'aborted') parts.push('the client hung up');
  // The simulator's calls are in no ledger, which is what explains them.
  const more = priced ? `  (claude-bedrock explain ${id})` : '';
  if (error && outcome !== 'aborted') parts.push(`${outcome}: ${error.code}${more}`);
  if (changes.length > 0) parts.push(changes.length === 1 ? '1 change' : `${changes.length} changes`);
  return parts.join('  ');
}

const count = (tokens: number): string => tokens.toLocaleString('en-US');

/** Small sums keep the digits that make them differ from nothing. */
const dollars = (usd: number): string => `$${usd < 0.01 ? usd.toFixed(4) : usd.toFixed(2)}`;
