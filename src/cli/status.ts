import type { Command } from 'commander';
import type { JsonObject } from '../base/json.ts';
import { isUnpriced } from '../observe/usage.ts';
import type { Cli } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';
import { lookAround, type Status } from './status-look.ts';
import { statusRows } from './status-rows.ts';
import { terminalWidth } from './terminal.ts';
import { wrap } from './wrap.ts';

/** `claude-bedrock status` */
export function define(command: Command, { output, exit }: Cli): void {
  command.option('--json', 'print one JSON object').action(async ({ json }: { json?: boolean }) => {
    const loaded = await readSettings({}, output);
    if (!loaded) return exit(exitCodes.badConfig);
    const now = new Date();
    const status = await lookAround(loaded, now);
    if (json) output.json(asJson(status));
    else output.verbatim(screen(statusRows(status, loaded, now), output));
    return exit(exitCodes.ok);
  });
}

/** One line for each row; what does not fit goes under it, because the command at its end is what people look for. */
function screen(rows: readonly (readonly string[])[], { asTyped }: Output): string {
  const label = Math.max(...rows.map(([name = '']) => name.length)) + 2;
  return rows
    .map(([name = '', text = '']) => wrap(`${name.padEnd(label)}${asTyped(text)}`, terminalWidth(), label))
    .join('\n');
}

function asJson({
  server,
  stranger,
  tunnel,
  credentials,
  key,
  today,
  lastError,
  bodiesUntil,
  budgets,
  service,
  faults,
}: Status): JsonObject {
  const { found, region } = credentials;
  return {
    running: server !== undefined || stranger !== undefined,
    proxy: server ? { ...server } : null,
    tunnel: tunnel ? { url: tunnel.url, up: tunnel.up, lastCursorAt: tunnel.lastCursorAt ?? null } : null,
    aws: found ? { what: found.what, from: found.from, endsAt: found.endsAt ?? null, fix: found.renew ?? null } : null,
    region: region ? { ...region } : null,
    key: key ?? null,
    today: today ? { ...today, usd: isUnpriced(today) ? null : today.usd } : null,
    lastError: lastError ? { ...lastError, maxTokens: lastError.maxTokens ?? null } : null,
    service: service ?? null,
    bodiesUntil: bodiesUntil ?? null,
    budgets: budgets.map((budget) => ({ ...budget })),
    faults: { ...faults },
  };
}
