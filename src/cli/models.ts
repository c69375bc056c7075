import type { Command } from 'commander';
import { bearer } from '../base/bearer.ts';
import { isObject } from '../base/json.ts';
import { errorIn } from '../connect/proxy-answer.ts';
import { columns } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { firstClause } from './first-clause.ts';
import { type LocalProxy, withProxy } from './local-proxy.ts';
import type { Output } from './output.ts';
import { withProgress } from './progress.ts';
import { readSettings } from './settings.ts';
import { cut, widthOf } from './table.ts';
import { terminalWidth } from './terminal.ts';
import { exitOfTrial, type Trial, trialText, tryModel } from './try-model.ts';
import { wrap } from './wrap.ts';

type ListFlags = { json?: boolean; all?: boolean };
type TestFlags = { json?: boolean; prompt?: string };

/** What nearly everybody uses. */
export const neutralNames = ['bedrock-sonnet', 'bedrock-opus', 'bedrock-haiku'] as const;

/** `claude-bedrock models …` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .command('list', { isDefault: true })
    .description('list the names that can be used')
    .option('--all', 'every spelling, not one name per model')
    .option('--json', 'print one JSON object')
    .action(async (flags: ListFlags) => exit(await list(flags, output)));
  command
    .command('test')
    .description('ask models for one short answer each (a real request)')
    .argument('[name...]', `models (default: ${neutralNames.join(', ')})`)
    .option('-p, --prompt <text>', 'what to ask', 'Say hello.')
    .option('--json', 'print one JSON object')
    .action(async (names: string[], flags: TestFlags) => exit(await test(names, flags, output)));
}

type Model = { id: string; name: string; context: number | undefined };

async function list(flags: ListFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  const models = await withProxy(loaded, modelsOf);
  if ('error' in models) {
    const [error, fix] = models.error.split(' Fix: ');
    output.fail({ error: error ?? '', fix });
    return exitCodes.signInNeeded;
  }
  const seen = new Set<string>();
  // The neutral names come first in the list, so the first name of a model is the one to show.
  const shown = flags.all ? models : models.filter(({ name }) => !seen.has(name) && seen.add(name));
  if (flags.json) {
    output.json({ models: shown.map(({ id, name, context }) => ({ id, name, contextTokens: context ?? null })) });
    return exitCodes.ok;
  }
  // The name is what people copy: only the words about it are cut.
  const room = Math.max(16, terminalWidth() - Math.max(0, ...shown.map(({ id }) => widthOf(id))) - 11);
  const rows = shown.map(({ id, name, context }) => [id, contextText(context), name === id ? '' : cut(name, room)]);
  output.verbatim(columns([['name', 'context', 'model'], ...rows], new Set([1])));
  if (!flags.all)
    output.note('\nEvery spelling: claude-bedrock models list --all. Any Bedrock model id or ARN works too.');
  return exitCodes.ok;
}

/** `200k`, `1M` */
const contextText = (tokens: number | undefined): string =>
  tokens === undefined ? '' : tokens >= 1e6 ? `${tokens / 1e6}M` : `${Math.round(tokens / 1_000)}k`;

async function modelsOf({ url, key }: LocalProxy): Promise<Model[] | { error: string }> {
  const response = await fetch(`${url}/v1/models`, { headers: bearer(key) });
  const body: unknown = await response.json();
  const data = isObject(body) && Array.isArray(body['data']) ? body['data'] : undefined;
  if (!data) {
    const { message = `the proxy answered ${response.status}` } = errorIn(body);
    return { error: String(message) };
  }
  return data.filter(isObject).map((model) => ({
    id: String(model['id']),
    name: String(model['name'] ?? model['id']),
    context: typeof model['context_length'] === 'number' ? model['context_length'] : undefined,
  }));
}

async function test(names: readonly string[], { json, prompt }: TestFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  const wanted = names.length > 0 ? names : neutralNames;
  const trials = await withProgress('asking', () =>
    withProxy(loaded, (proxy) => Promise.all(wanted.map((name) => tryModel(proxy, name, prompt)))),
  );
  if (json)
    output.json({
      ok: trials.every(({ ok }) => ok),
      trials: trials.map((trial) => ({ ...trial })),
    });
  else for (const trial of trials) show(trial, output);
  return trials.map(exitOfTrial).find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
}

function show(trial: Trial, output: Output): void {
  const mark = trial.ok ? output.paint('green', '✓') : output.paint('red', '✗');
  const [said = '', fix] = trialText(trial).split(' Fix: ');
  const line = `${mark} ${trial.model.padEnd(16)} ${said}${trial.ok ? `   "${firstClause(trial.text)}"` : ''}`;
  output.verbatim(wrap(line, terminalWidth(), 19));
  if (fix !== undefined) output.result(`${''.padEnd(19)}fix: ${fix}`);
}
