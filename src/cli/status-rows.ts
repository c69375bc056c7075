import { existsSync } from 'node:fs';
import { agoText, spanText } from '../base/span-text.ts';
import { bodyLogEnd, bodyLogFile } from '../config/body-log.ts';
import type { Loaded } from '../config/load.ts';
import { isUnpriced } from '../observe/usage.ts';
import { dollars } from './columns.ts';
import { sourceText } from './config.ts';
import { type CredentialSearch, tilde } from './found-credentials.ts';
import type { Status } from './status-look.ts';
import type { BudgetSpent, LastError } from './today.ts';

const regionText = (region: Status['credentials']['region']): string =>
  region === undefined
    ? 'none   -> claude-bedrock config set aws.region us-east-1'
    : `${region.name}   from ${region.from}`;

/** A row for each thing: its name, and what there is to say of it. */
export function statusRows(status: Status, loaded: Loaded, now: Date): string[][] {
  const { server, tunnel, credentials, key, lastError, faults } = status;
  const { region } = credentials;
  const demo = (server?.upstream ?? loaded.settings.upstream) === 'demo';
  const changed = ['listen.port', 'upstream', 'aws.region', 'aws.profile', 'models.default'].filter(
    (path) => loaded.sourceOf(path).kind !== 'default',
  );
  return [
    ['proxy', proxyText(status, now)],
    ...(tunnel
      ? [
          [
            'tunnel',
            `${tunnel.up ? 'up  ' : 'down'}      ${tunnel.url}${sinceText(tunnel.lastCursorAt, now)}${tunnel.up ? '' : '   -> claude-bedrock cursor install'}`,
          ],
        ]
      : []),
    ['aws', demo ? 'not used: the upstream is the demo' : (faults.aws ?? credentialsText(credentials, now))],
    ...(demo ? [] : [['region', regionText(region)]]),
    ['key', faults.key ?? keyText(key)],
    [
      'settings',
      `${tilde(loaded.paths.configFile)}${changed.map((path) => `   ${path} from ${short(sourceText(loaded.sourceOf(path)), loaded)}`).join('')}`,
    ],
    ...bodiesRow(loaded, now),
    ['today', todayText(status, demo)],
    ...status.budgets.filter((budget) => !isDaily(budget)).map((budget) => ['budget', budgetText(budget)]),
    ...(lastError ? [['last error', errorText(lastError)]] : []),
  ];
}

/** Said as long as there is a file with somebody's words in it. */
function bodiesRow({ settings, paths }: Loaded, now: Date): string[][] {
  const file = bodyLogFile(paths.state);
  const end = bodyLogEnd(settings.log, now.getTime());
  if (end !== undefined) {
    const until = new Date(end).toTimeString().slice(0, 5);
    return [['bodies', `written to ${file} until ${until}   -> claude-bedrock config set log.bodies off`]];
  }
  return existsSync(file) ? [['bodies', `not written any more; what was is in ${file}   -> delete it`]] : [];
}

function proxyText({ server, stranger, service }: Status, now: Date): string {
  const kept = service === undefined ? '' : `   (service: ${service}, starts at login)`;
  if (server) {
    const demo = server.upstream === 'demo' ? '   (demo: simulated Bedrock)' : '';
    return `running   pid ${server.pid}, up ${spanText(now.getTime() - server.startedAt)}, ${server.url}/v1${demo}${kept}`;
  }
  return stranger === undefined
    ? 'stopped   -> claude-bedrock serve'
    : `running   ${stranger}/v1, started with another CLAUDE_BEDROCK_HOME`;
}

function credentialsText({ found }: CredentialSearch, now: Date): string {
  if (!found) return 'no credentials   -> claude-bedrock init';
  const { what, from, endsAt, renew } = found;
  const left = endsAt === undefined ? undefined : endsAt - now.getTime();
  const life = left === undefined ? '' : left > 0 ? `   ${spanText(left)} left` : `   ended ${agoText(-left)}`;
  const soon = left !== undefined && left < 1_800_000 && renew !== undefined ? `   -> ${renew}` : '';
  return `${what}   from ${from}${life}${soon}`;
}

function keyText(name: string | undefined): string {
  if (name === undefined) return 'none yet   -> claude-bedrock key create editor';
  return name === 'CLAUDE_BEDROCK_API_KEY'
    ? 'the one in CLAUDE_BEDROCK_API_KEY'
    : `"${name}"   -> claude-bedrock key show ${name}`;
}

function sinceText(at: number | undefined, now: Date): string {
  return at === undefined ? '   no request from Cursor yet' : `   last Cursor request ${agoText(now.getTime() - at)}`;
}

/** The whole day's budget stands beside what was spent today. */
const isDaily = ({ scope, period }: BudgetSpent): boolean => scope === 'all calls' && period === 'day';

function todayText({ faults, today, budgets, server, stranger }: Status, demo: boolean): string {
  if (faults.today !== undefined) return faults.today;
  const daily = budgets.find(isDaily);
  const budget = daily ? ` of ${dollars(daily.limitUsd)}, then ${daily.action}${spentMark(daily)}` : '';
  const none = !today || today.requests === 0;
  // What is not in this folder's ledger is no proof that nothing was asked.
  if (none && server && demo) return 'not written down: the demo keeps its calls in memory   -> claude-bedrock ui';
  if (none && stranger !== undefined) return 'not known: the ledger is in that other folder';
  if (none) return `no requests yet${daily ? `   budget ${dollars(daily.limitUsd)}` : ''}`;
  const { requests, inputTokens, cachedTokens, outputTokens, usd, savedUsd, unpriced } = today;
  const cached = inputTokens === 0 ? 0 : Math.round((100 * cachedTokens) / inputTokens);
  return [
    `${requests} ${requests === 1 ? 'request' : 'requests'}`,
    `${shortCount(inputTokens)} in${cached > 0 ? ` (${cached}% from cache)` : ''}  ${shortCount(outputTokens)} out`,
    isUnpriced(today)
      ? `cost unpriced${budget}`
      : `about $${usd.toFixed(usd < 0.1 ? 4 : 2)}${budget}${unpriced > 0 ? ` and ${unpriced} unpriced` : ''}`,
    ...(savedUsd > 0.005 ? [`saved by caches about $${savedUsd.toFixed(2)}`] : []),
  ].join('   ');
}

/** `all calls: $8.40 of $10.00 a day (84 %), then refuse`; from 80 % on it is marked. */
function budgetText(budget: BudgetSpent): string {
  const { scope, period, action, limitUsd, spentUsd } = budget;
  const percent = percentOf(budget);
  return `${scope}: ${dollars(spentUsd)} of ${dollars(limitUsd)} a ${period} (${percent} %), then ${action}${spentMark(budget)}`;
}

const percentOf = ({ limitUsd, spentUsd }: BudgetSpent): number =>
  limitUsd > 0 ? Math.floor((100 * spentUsd) / limitUsd) : 100;

function spentMark(budget: BudgetSpent): string {
  const percent = percentOf(budget);
  return percent >= 100 ? '   spent' : percent >= 80 ? '   nearly spent' : '';
}

/** For a throttled call what it reserved besides its input is the likely cause. */
function errorText({ id, at, model, code, maxTokens }: LastError): string {
  const reserved =
    code === 'upstream_limited' && maxTokens !== undefined
      ? `: reserved ${maxTokens.toLocaleString('en-US')} tokens by max_tokens`
      : '';
  return `${clock(at)} ${code}, ${model}${reserved}   -> claude-bedrock explain ${id}`;
}

/** `12k`, `1.2M`: as many digits as a glance takes. */
function shortCount(tokens: number): string {
  if (tokens >= 1e6) return `${(tokens / 1e6).toFixed(1)}M`;
  return tokens >= 1e4 ? `${Math.round(tokens / 1e3)}k` : String(tokens);
}

const clock = (at: number): string => new Date(at).toTimeString().slice(0, 5);

/** The file is named once in its row already. */
const short = (source: string, { paths }: Loaded): string =>
  source.startsWith(`${paths.configFile}:`) ? `line ${source.slice(paths.configFile.length + 1)}` : source;
