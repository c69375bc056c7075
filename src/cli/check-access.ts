import { useCaseSent } from '../auth/model-access.ts';
import { spanText } from '../base/span-text.ts';
import type { Loaded } from '../config/load.ts';
import { identityNow } from './aws.ts';
import type { CheckRow } from './check-row.ts';
import { identityRows } from './doctor-aws.ts';
import { geographyOf, quotaRow } from './first-quota.ts';
import type { CredentialSearch } from './found-credentials.ts';
import { useIdentityRoom } from './identity-room.ts';
import type { LocalProxy } from './local-proxy.ts';
import { modelCatalogPage } from './model-catalog-page.ts';
import { neutralNames } from './models.ts';
import { pauseOrEnter } from './pause-or-enter.ts';
import { withProgress } from './progress.ts';
import { costSoFar, type Dialled, dialledFor, type Trial, trialText, tryModel } from './try-model.ts';

/** Credentials, identity, Region, models and a test request, each told as soon as it is known. */
export async function checkAccess(
  loaded: Loaded,
  { found, region }: CredentialSearch,
  proxy: LocalProxy,
  tell: (row: CheckRow) => void,
  opening = 'Credentials',
): Promise<CheckRow[]> {
  const rows: CheckRow[] = [];
  const add = (...more: CheckRow[]): void => {
    rows.push(...more);
    for (const row of more) tell(row);
  };
  if (!found) {
    add({ name: opening, state: 'fail', found: 'none', fix: 'claude-bedrock init' });
    return rows;
  }
  const left = found.endsAt === undefined ? '' : `   ${lifeText(found.endsAt, Date.now())}`;
  const from = opening === 'Credentials' ? `   from ${found.from}` : '';
  add({ name: opening, state: 'ok', found: `${found.what}${from}${left}` });
  const name = region?.name ?? 'us-east-1';
  add(...(await withProgress('asking AWS who you are', () => identityRows(loaded, name))).map(named));
  if (rows.some(({ state }) => state === 'fail')) return rows;
  const dialled = await dialledFor(proxy, neutralNames[0]);
  const geography = geographyOf(dialled?.target ?? '');
  const profiles = geography === undefined ? '' : `   -> ${geography}. inference profiles`;
  add({ name: 'Region', state: 'ok', found: `${name}   ${regionSource(region)}${profiles}` });
  // Hundreds of limits come page by page: they are fetched while the models answer.
  const quota = quotaRow(loaded, neutralNames[0], dialled);
  const [models, test] = await modelRowsOf(proxy, dialled);
  if (models.state === 'fail') add(await whyRefused(loaded, name, models));
  else add(models);
  if (test) add(await withProgress('asking for your quota', () => quota), test);
  return rows;
}

const regionSource = (region: CredentialSearch['region']): string =>
  region ? `from ${region.from}` : '(default; change: claude-bedrock config set aws.region eu-central-1)';

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
async function modelRowsOf(proxy: LocalProxy, dialled: Dialled | undefined): Promise<[CheckRow, CheckRow?]> {
  const trials = await withProgress('asking each model for one word', () =>
    Promise.all(neutralNames.map((name) => tryModel(proxy, name, 'Say hello.'))),
  );
  const usable = trials.filter(({ ok }) => ok);
  const blocked = trials.filter(({ ok }) => !ok);
  const names = usable.map(({ model }) => model).join('  ');
  const [first] = blocked;
  const [why = '', fix] = first ? trialText(first).split(' Fix: ') : [];
  const [test] = usable;
  if (!test) return [{ name: 'Claude access', state: 'fail', found: why, fix }];
  const models: CheckRow = {
    name: 'Models',
    state: first ? 'warn' : 'ok',
    found: `${names}     (${usable.length} usable${first ? `, ${blocked.length} blocked: ${why}` : ''})`,
    fix: first ? (fix ?? 'claude-bedrock models test') : undefined,
  };
  return [models, { name: 'Test request', state: 'ok', found: await testText(test, proxy, dialled) }];
}

/** What this one request cost, and what all three did. */
async function testText(trial: Trial, proxy: LocalProxy, dialled: Dialled | undefined): Promise<string> {
  const costs = await costSoFar(proxy);
  const usd = dialled && trial.model === neutralNames[0] ? costs.get(dialled.model) : undefined;
  const all = [...costs.values()].reduce((sum, each) => sum + each, 0);
  const cost = usd === undefined || usd === 0 ? '' : `   about $${usd.toFixed(4)}`;
  return `${trialText(trial)}${cost}${all === 0 ? '' : `   all tries about $${all.toFixed(4)}`}`;
}

/** AWS's words for a missing use-case form are many; its control plane knows, where this identity may ask. */
async function whyRefused(loaded: Loaded, region: string, row: CheckRow): Promise<CheckRow> {
  try {
    const identity = await useIdentityRoom(loaded, identityNow);
    const endpoint = process.env['AWS_ENDPOINT_URL_BEDROCK'];
    if ((await useCaseSent({ identity, region, now: Date.now(), endpoint })) !== false) return row;
    const found = 'Anthropic use-case form not submitted for this account (once, granted at once)';
    return { ...row, found, fix: `open ${modelCatalogPage(region)}` };
  } catch {
    return row;
  }
}

/** Access that was granted counts at once; asking more often would cost more than it helps. */
const pauseMs = 10_000;

/** AWS refuses every model: the person may grant access in the console while this looks again every 10 s, or when they press Enter. */
export async function waitForAccess(
  loaded: Loaded,
  proxy: LocalProxy,
  rows: CheckRow[],
  tell: (row: CheckRow) => void,
): Promise<CheckRow[]> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const wait = await confirm({ message: 'Wait here and re-check every 10 s?', withGuide: false });
  if (isCancel(wait) || !wait) return rows;
  const { default: name } = loaded.settings.models;
  for (;;) {
    await withProgress('waiting for access (Enter looks now, Ctrl+C ends it)', () => pauseOrEnter(pauseMs));
    const trial = await tryModel(proxy, name);
    if (!trial.ok) continue;
    const dialled = await dialledFor(proxy, neutralNames[0]);
    const quota = quotaRow(loaded, neutralNames[0], dialled);
    const [usable, test] = await modelRowsOf(proxy, dialled);
    const models = test ? [usable, await quota, test] : [usable];
    for (const row of models) tell(row);
    return [...rows.filter(({ state }) => state !== 'fail'), ...models];
  }
}
