import type { Command } from 'commander';
import { toProxyError } from '../base/errors.ts';
import { changeSetting, findSetting, valueFor } from '../config/change-setting.ts';
import { takes } from '../config/check.ts';
import type { Loaded } from '../config/load.ts';
import type { Cli } from './commands.ts';
import { sourceText, valueAt } from './config.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { tell } from './identity-room.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';
import { canAsk } from './terminal.ts';

/** What people change; everything else has `config set`. */
const asked = [
  'aws.region',
  'aws.profile',
  'models.default',
  'models.defaultMaxTokens',
  'models.promptCaching',
  'listen.port',
  'cache.mode',
  'reasoning.display',
  'log.level',
] as const;

/** `claude-bedrock configure` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--no-input', 'never ask; print what can be set')
    .action(async ({ input }: { input: boolean }) => exit(await configure(input, output)));
}

async function configure(input: boolean, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  if (!canAsk(!input)) {
    output.fail({ error: 'nobody can be asked here', fix: 'claude-bedrock config set SETTING VALUE' });
    return exitCodes.usage;
  }
  const { intro, outro, select, isCancel } = await import('@clack/prompts');
  intro(`Settings in ${loaded.paths.configFile}`);
  let changes = 0;
  for (;;) {
    const now = (await readSettings({}, output)) ?? loaded;
    const options = asked.map((path) => ({
      value: path as string,
      label: `${path} = ${String(valueAt(now, path) ?? 'not set')}`,
      hint: sourceText(now.sourceOf(path)),
    }));
    const path = await select({
      message: 'Change',
      options: [...options, { value: '', label: 'Done', hint: `all others: claude-bedrock config list` }],
    });
    if (isCancel(path)) {
      outro(changes === 0 ? 'Nothing was changed.' : 'What was changed before stays.');
      return exitCodes.interrupted;
    }
    if (path === '') break;
    if (await change(path, now, output)) changes += 1;
  }
  outro(changes === 0 ? 'Nothing was changed.' : 'A running server takes over what it can, and says so.');
  return exitCodes.ok;
}

/** Asks for one new value and writes it. */
async function change(path: string, loaded: Loaded, output: Output): Promise<boolean> {
  const { isCancel, log, select, text } = await import('@clack/prompts');
  const place = findSetting(path);
  const { kind, choices = [], description } = place.setting;
  log.message(description);
  const before = String(valueAt(loaded, path) ?? '');
  const words = kind === 'boolean' ? ['true', 'false'] : choices;
  const answer =
    words.length > 0
      ? await select({ message: path, initialValue: before, options: words.map((value) => ({ value })) })
      : await text({ message: `${path}: ${takes(place.setting)}; empty for the default`, initialValue: before });
  if (isCancel(answer) || answer === before) return false;
  try {
    await changeSetting(loaded.paths.configFile, path, answer === '' ? undefined : valueFor(place, answer));
    return true;
  } catch (error) {
    tell(toProxyError(error), output);
    return false;
  }
}
