import { spanText } from '../auth/expired.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import type { CheckRow } from './check-row.ts';
import { copyToClipboard } from './clipboard.ts';
import type { FirstAnswer, Told } from './demo.ts';
import { identityRows } from './doctor-aws.ts';
import type { CredentialSearch } from './found-credentials.ts';
import type { LocalProxy } from './local-proxy.ts';
import { neutralNames } from './models.ts';
import type { Output } from './output.ts';
import { withProgress } from './progress.ts';
import { cut, widthOf } from './table.ts';
import { columns } from './terminal.ts';
import { costSoFar, type Trial, trialText, tryModel } from './try-model.ts';

/** Credentials, identity, Region, models and a test request, each told as soon as it is known. */
export async function checkAccess(
  loaded: Loaded,
  { found, region }: CredentialSearch,
  proxy: LocalProxy,
  tell: (row: CheckRow) => void,
): Promise<CheckRow[]> {
  const rows: CheckRow[] = [];
  const add = (...more: CheckRow[]): void => {
    rows.push(...more);
    for (const row of more) tell(row);
  };
  if (!found) return [{ name: 'Credentials', state: 'fail', found: 'none', fix: 'claude-bedrock init' }];
  const left = found.endsAt === undefined ? '' : `   ${lifeText(found.endsAt, Date.now())}`;
  add({ name: 'Credentials', state: 'ok', found: `${found.what}   from ${found.from}${left}` });
  const name = region?.name ?? 'us-east-1';
  add(...(await withProgress('asking AWS who you are', () => identityRows(loaded, name))).map(named));
  if (rows.some(({ state }) => state === 'fail')) return rows;
  add({ name: 'Region', state: 'ok', found: `${name}   from ${region?.from ?? 'the default'}` });
  add(...(await modelRowsOf(proxy)));
  return rows;
}

/** The rows of the doctor begin with small letters. */
const named = (row: CheckRow): CheckRow =>
  row.name === 'identity' && row.state === 'fail'
    ? row
    : { ...row, name: `${row.name.charAt(0).toUpperCase()}${row.name.slice(1)}` };

function lifeText(endsAt: number, now: number): string {
  if (endsAt <= now) return 'over: it is renewed now, or fails below';
  const at = new Date(endsAt);
  return `good until ${at.toTimeString().slice(0, 5)} (${spanText(endsAt - now)})`;
}

/** One short answer of each of the three models; the first is also the test request that is shown. */
async function modelRowsOf(proxy: LocalProxy): Promise<CheckRow[]> {
  const trials = await withProgress('asking each model for one word', () =>
    Promise.all(neutralNames.map((name) => tryModel(proxy, name, 'Say hello.'))),
  );
  const usable = trials.filter(({ ok }) => ok);
  const blocked = trials.filter(({ ok }) => !ok);
  const names = usable.map(({ model }) => model).join('  ');
  const [first] = blocked;
  const [why = '', fix] = first ? trialText(first).split(' Fix: ') : [];
  const models: CheckRow =
    usable.length === 0
      ? { name: 'model access', state: 'fail', found: why, fix }
      : {
          name: 'Models',
          state: first ? 'warn' : 'ok',
          found: `${names}     (${usable.length} usable${first ? `, ${blocked.length} blocked: ${why}` : ''})`,
          fix: first ? (fix ?? 'claude-bedrock models test') : undefined,
        };
  const test = usable[0];
  return test ? [models, { name: 'Test request', state: 'ok', found: await testText(test, proxy) }] : [models];
}

async function testText(trial: Trial, proxy: LocalProxy): Promise<string> {
  const usd = await costSoFar(proxy);
  return `${trialText(trial)}${usd === undefined || usd === 0 ? '' : `   all of it about $${usd.toFixed(4)}`}`;
}

/** AWS refuses every model: the person may grant access in the console while this looks again every 10 s. */
export async function waitForAccess(
  loaded: Loaded,
  proxy: LocalProxy,
  rows: CheckRow[],
  tell: (row: CheckRow) => void,
): Promise<CheckRow[]> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const wait = await confirm({ message: 'Wait here and look again every 10 s?' });
  if (isCancel(wait) || !wait) return rows;
  const [name] = [loaded.settings.models.default];
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const trial = await tryModel(proxy, name);
    if (!trial.ok) continue;
    const models = await modelRowsOf(proxy);
    for (const row of models) tell(row);
    return [...rows.filter(({ state }) => state !== 'fail'), ...models];
  }
}

/** The beginning of a key: enough to tell it from others, not to use it. */
export const shortKey = (key: Secret): string => `${key.reveal().slice(0, 9)}…`;

/** `kept`: the key can be shown again, so it need not stand on the screen once it was copied. */
export async function tellListening(url: string, key: Secret, kept: boolean, { result, paint }: Output): Promise<void> {
  const copied = await copyToClipboard(key.reveal());
  const shown =
    copied && kept
      ? `${shortKey(key)}  (copied; \`claude-bedrock key show editor\`)`
      : `${key.reveal()}${copied ? '  (copied)' : ''}`;
  const done = paint('green', '✓');
  result(`${done} ${'Listening'.padEnd(14)} ${paint('bold', `${url}/v1`)}`);
  result(`${done} ${'Key'.padEnd(14)} ${shown}`);
  result('');
  result('Works on this address: Cline, Roo, Continue, Zed, Aider, Claude Code   (claude-bedrock connect)');
  result('Cursor needs one more step:  claude-bedrock cursor install');
}

/** The first run's words for the demo. */
export const tellDemo: Told = async ({ url, key }, first: FirstAnswer, { result, paint }) => {
  const copied = await copyToClipboard(key.reveal());
  const done = paint('green', '✓');
  result(`${done} Demo server      ${paint('bold', `${url}/v1`)}     key ${key.reveal()}${copied ? ' (copied)' : ''}`);
  const before = `${done} Test request     ${first.status} in ${first.ms} ms   `;
  result(`${before}"${cut(first.text, Math.max(40, columns() - widthOf(before) - 2))}"`);
  result('');
  result('Next: connect an editor      claude-bedrock connect cline');
  result('      use real Claude        claude-bedrock init');
  result('Press Ctrl+C to stop.');
};
