import type { Command } from 'commander';
import { priceTableDate } from '../compose/catalogues.ts';
import { isUnpriced, type UsageBy, type UsageRow, usageBy } from '../observe/usage.ts';
import { columns, count, csv, dollars } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { lastDays, openBook } from './ledger-reader.ts';
import { positive } from './number-flag.ts';
import type { Output } from './output.ts';

type Flags = { by: string; days: string; json?: boolean; csv?: boolean };

const groups: readonly UsageBy[] = ['day', 'model', 'key', 'client'];

/** `claude-bedrock usage` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--by <group>', 'day, model, key or client', 'day')
    .option('--days <number>', 'how many days of the calendar, today among them', '30')
    .option('--json', 'print one JSON object')
    .option('--csv', 'print comma-separated values')
    .action(async (flags: Flags) => exit(await usage(flags, output)));
}

async function usage(flags: Flags, output: Output): Promise<ExitCode> {
  const by = groups.find((group) => group === flags.by);
  const days = positive('--days', flags.days, output);
  if (!by)
    output.fail({ error: `--by takes ${groups.join(', ')}`, cause: `it was given "${flags.by}"`, fix: '--by model' });
  if (!by || days === undefined) return exitCodes.usage;
  const book = await openBook(output);
  if (book === 'badConfig') return exitCodes.badConfig;
  if (book === 'unreadable') return exitCodes.failed;
  const rows = book === 'empty' ? [] : usageBy(book.database, by, lastDays(days));
  const pricesAsOf = await priceTableDate();
  if (flags.json)
    output.json({ by, days, pricesAsOf, rows: rows.map((row) => ({ ...row, usd: isUnpriced(row) ? null : row.usd })) });
  else if (flags.csv) output.verbatim(usageCsv(rows, pricesAsOf));
  else if (rows.length > 0) output.result(`${usageTable(by, rows)}\n\nPrices of ${pricesAsOf}.`);
  return exitCodes.ok;
}

function usageCsv(rows: readonly UsageRow[], pricesAsOf: string): string {
  const lines = rows.map((row) => ({ ...row, usd: isUnpriced(row) ? '' : row.usd, pricesAsOf }));
  return csv([Object.keys(lines[0] ?? {}), ...lines.map((line) => Object.values(line))]);
}

/** The totals as people read them; what is unpriced is said, not counted as nothing. */
function usageTable(by: UsageBy, rows: readonly UsageRow[]): string {
  const heading = [
    by,
    'calls',
    'from cache',
    'failed',
    'input',
    'cache read',
    'cache write',
    'output',
    'cost',
    'saved',
  ];
  const lines = [...rows, total(rows)].map((row) => [
    row.group,
    count(row.calls),
    count(row.fromCache),
    count(row.failed),
    count(row.inputTokens),
    count(row.cacheReadTokens),
    count(row.cacheWriteTokens),
    count(row.outputTokens),
    isUnpriced(row) ? 'unpriced' : dollars(row.usd),
    dollars(row.savedUsd),
  ]);
  const unpriced = rows.reduce((sum, row) => sum + row.unpriced, 0);
  const note =
    unpriced === 0
      ? ''
      : `\n\nThe price of ${unpriced === 1 ? 'one call is' : `${count(unpriced)} calls is`} not known; the cost is without ${unpriced === 1 ? 'it' : 'them'}.`;
  return columns([heading, ...lines], new Set([1, 2, 3, 4, 5, 6, 7, 8, 9])) + note;
}

function total(rows: readonly UsageRow[]): UsageRow {
  const sum = (of: (row: UsageRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    group: 'all',
    calls: sum((row) => row.calls),
    failed: sum((row) => row.failed),
    fromCache: sum((row) => row.fromCache),
    inputTokens: sum((row) => row.inputTokens),
    outputTokens: sum((row) => row.outputTokens),
    cacheReadTokens: sum((row) => row.cacheReadTokens),
    cacheWriteTokens: sum((row) => row.cacheWriteTokens),
    usd: sum((row) => row.usd),
    savedUsd: sum((row) => row.savedUsd),
    unpriced: sum((row) => row.unpriced),
  };
}
