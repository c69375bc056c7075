import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalogue } from '../../src/compose/catalogues.ts';
import { loadSettings } from '../../src/config/load.ts';
import { type Simulator, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import { done, type Run, runCli, until } from '../cli/run-cli.ts';

/* The running program, and each number of it where a person looks: headers, /metrics, status, usage, the audit, the log. */

const key = 'numbers-key-0123456789abcdef0123456789abcdef';
const home = mkdtempSync(join(tmpdir(), 'numbers-'));
let simulator: Simulator;
let server: Run;
let url = '';
/** Input tokens of the next answers. */
let inputTokens = 100;
let outputTokens = 0;
let said = 'Well.';
/** How many of the next requests are throttled. */
let throttled = 0;
/** Dollars a million tokens of input. */
let price = 0;

const environment = (): Record<string, string> => ({
  HOME: home,
  CLAUDE_BEDROCK_UPSTREAM: 'bedrock',
  CLAUDE_BEDROCK_HOME: home,
  CLAUDE_BEDROCK_API_KEY: key,
  CLAUDE_BEDROCK_NO_UPDATE_CHECK: '1',
  AWS_REGION: simulator.region,
  AWS_ACCESS_KEY_ID: simulator.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: simulator.credentials.secretAccessKey,
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** What a command prints. */
const command = async (...argv: string[]): Promise<string> => (await done(argv, environment())).stdout;
const log = () => server.stdout() + server.stderr();

const metrics = async () => (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();

/** The sum of a metric's samples whose labels hold all of these. */
async function metric(name: string, ...labels: string[]): Promise<number> {
  const lines = (await metrics()).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
  const mine = lines.filter((line) => labels.every((label) => line.includes(label)));
  return mine.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

async function ask(content: string, more: object = {}, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content }], ...more }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The ledger is on disk within half a second. */
const soon = { timeout: 10_000, interval: 100 };
const status = () => command('status');

const audit = () =>
  readdirSync(join(home, 'audit'))
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join(home, 'audit', name), 'utf8')
        .trimEnd()
        .split('\n'),
    )
    .map((line) => JSON.parse(line) as { event_type: string; details: Record<string, unknown> });

beforeAll(async () => {
  const throttle = { do: 'fail' as const, status: 429, type: 'ThrottlingException', message: 'Too many requests' };
  const answer = () => [
    {
      do: 'events' as const,
      events: [
        { messageStart: { role: 'assistant' } },
        { ping: {} },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { text: said } } },
        { contentBlockStop: { contentBlockIndex: 0 } },
        { messageStop: { stopReason: 'end_turn' } },
        {
          metadata: {
            usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
            metrics: { latencyMs: 1 },
          },
        },
      ],
    },
  ];
  const script = () => (throttled-- > 0 ? [throttle] : answer());
  simulator = await startSimulator({ paceMs: 0, script });
  const result = await loadSettings({
    env: {},
    paths: { configFile: '/nowhere/config.toml', state: '/nowhere' },
    flags: {},
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const catalogue = await openCatalogue(result.loaded.settings, simulator.region);
  price = (await catalogue.resolve('bedrock-sonnet')).price?.input ?? Number.NaN;
  writeFileSync(
    join(home, 'config.toml'),
    `[[budgets]]\nperiod = "day"\nusd = 1\naction = "refuse"\n[limits.perKey]\nrequestsPerMinute = 100\ntokensPerMinute = 1000000000\n[limits]\nmaxTokensMost = 2000\n`,
  );
  server = runCli(['serve', '--port', '0', '--json'], environment());
  url = await until(() => /"url":"(http:\/\/[^"/]+)/.exec(server.stdout())?.[1], log);
}, 40_000);
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.exited;
  await simulator.close();
  rmSync(home, { recursive: true, force: true });
});

test('cache, limits, changes, detectors, retries, keys, tokens and times: each is in a header, the metrics, status or the audit', async () => {
  outputTokens = 40;
  const first = await ask('the same', { stream: true });
  expect(first.headers.get('cache-status')).toBe('claude-bedrock; fwd=miss; stored');
  expect(first.headers.get('x-ratelimit-limit-requests')).toBe('100');
  expect(first.headers.get('x-ratelimit-remaining-tokens')).toMatch(/^\d+$/);
  const again = await ask('the same');
  expect(again.headers.get('cache-status')).toMatch(/^claude-bedrock; hit; ttl=\d+$/);
  expect(again.headers.get('age')).toMatch(/^\d+$/);
  const clamped = await ask('a clamp', { max_tokens: 5_000 });
  expect(clamped.headers.get('x-claude-bedrock-changes')).toContain('max_tokens 5000 -> 2000');
  await ask(`my key is ${['AKIA', 'QYZX3EGRVX7TJ5PA'].join('')}`);
  throttled = 1;
  expect((await ask('throttled once')).status).toBe(200);
  expect((await ask('wrong key', {}, { authorization: 'Bearer wrong' })).status).toBe(401);

  const model = 'gen_ai_request_model="anthropic.claude-';
  const shown: Record<string, number> = {
    'claude_bedrock_calls_total outcome="served"': 4,
    'claude_bedrock_calls_total outcome="cached"': 1,
    'claude_bedrock_tokens_total type="input"': 400,
    'claude_bedrock_tokens_total type="output"': 160,
    gen_ai_server_request_duration_seconds_count: 5,
    gen_ai_server_time_to_first_token_seconds_count: 5,
    gen_ai_server_time_per_output_token_seconds_count: 1,
    'gen_ai_client_token_usage_count gen_ai_token_type="output"': 4,
    'claude_bedrock_response_cache_lookups_total result="hit"': 1,
    'claude_bedrock_response_cache_lookups_total result="miss"': 4,
    claude_bedrock_response_cache_entries: 4,
    'claude_bedrock_retries_total code="upstream_limited"': 1,
    claude_bedrock_auth_failures_total: 1,
    'claude_bedrock_content_policy_hits_total rule="AWS_ACCESS_KEY"': 1,
    'claude_bedrock_changes_total max_tokens': 1,
    'claude_bedrock_unknown_parts_total part="event:ping"': 1,
    claude_bedrock_open_calls: 0,
  };
  for (const [name, value] of Object.entries(shown)) {
    const [metricName = '', ...labels] = name.split(' ');
    expect(await metric(metricName, ...labels), name).toBe(value);
  }
  const page = await metrics();
  expect(page).toContain(model);
  for (const name of [
    'claude_bedrock_event_loop_delay_seconds',
    'claude_bedrock_token_refreshes_total',
    'claude_bedrock_limit_hits_total',
    'claude_bedrock_failovers_total',
  ])
    expect(page).toContain(`# HELP ${name} `);

  await expect
    .poll(() => audit().map(({ event_type }) => event_type))
    .toEqual(expect.arrayContaining(['started', 'call', 'authentication_failure', 'content_policy_hit']));
  expect(await command('audit', 'verify')).toMatch(/whole|unbroken|intact|lines/i);
  await expect.poll(status, soon).toMatch(/5 requests +400 in +160 out +about \$/);
  for (const by of ['day', 'model', 'key', 'client']) {
    const { rows, pricesAsOf } = JSON.parse(await command('usage', '--by', by, '--json'));
    expect(pricesAsOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(rows).toMatchObject([{ calls: 5, fromCache: 1, inputTokens: 400, outputTokens: 160, unpriced: 0 }]);
  }
  expect(await command('usage')).toMatch(/Prices of \d{4}-\d\d-\d\d\./);
}, 60_000);

/* The sweep searches the streams of every child and all that this file leaves in temporary folders: log, audit, ledger. */
test('promise 2: what was asked and answered is in no log, file, metric or command, only in the answer', async () => {
  [inputTokens, outputTokens, said] = [0, 0, 'You said canary-in-an-answer.'];
  const words = 'canary-in-a-prompt';
  const tools = [{ type: 'function', function: { name: 'look', description: words, parameters: { type: 'object' } } }];
  const messages = [
    { role: 'system', content: words },
    { role: 'user', content: words },
  ];
  for (const stream of [true, false]) {
    const answer = await ask('', { stream, messages, tools, user: words, metadata: { note: words }, seed: 1 });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('canary-in-an-answer')]);
    const refused = await ask('', { stream, messages, temperature: words });
    expect([refused.status, refused.text]).toEqual([400, expect.not.stringContaining(words)]);
  }
  throttled = 9;
  expect((await ask('', { messages: [{ role: 'user', content: `${words} again` }] })).status).toBe(429);
  throttled = 0;
  said = 'Well.';
  for (const text of [
    await metrics(),
    await command('status'),
    await command('usage'),
    await command('quota', '--no-limits'),
  ])
    expect(text).not.toContain('canary-');
  await expect.poll(() => audit().filter(({ event_type }) => event_type === 'call').length).toBeGreaterThan(3);
  expect(log()).not.toContain('canary-');
}, 60_000);

test('a budget’s notices at 80 and 95 percent reach the log, the audit, the metrics and status; then it refuses', async () => {
  outputTokens = 0;
  const before = await metric('claude_bedrock_cost_usd_total');
  const notices = (percent: number) => metric('claude_bedrock_budget_notices_total', `percent="${percent}"`);
  /** A call that costs so many cents. */
  const spend = async (cents: number) => {
    inputTokens = Math.round((cents * 10_000) / price);
    return ask(`for ${cents} cents`, {}, { 'cache-control': 'no-store' });
  };
  expect((await spend(79)).status).toBe(200);
  expect(await notices(80)).toBe(0);
  const untold = await spend(3); // what it costs is known only behind it
  expect(untold.headers.get('x-claude-bedrock-budget')).toBeNull();
  expect([await notices(80), await notices(95)]).toEqual([1, 0]);
  await expect.poll(status, soon).toMatch(/today .*about \$0\.82 of \$1\.00, then refuse +nearly spent/);
  // From memory and streamed, it is told what is spent now.
  inputTokens = 0;
  for (const stream of [false, true, true]) {
    const told = await ask('how much is left', { stream });
    expect(told.headers.get('x-claude-bedrock-budget')).toBe('82% of daily $1.00');
  }
  await spend(14);
  expect([await notices(80), await notices(95), await notices(100)]).toEqual([1, 1, 0]);
  expect((await metric('claude_bedrock_cost_usd_total')) - before).toBeCloseTo(0.96, 4);
  await spend(5);
  expect(await notices(100)).toBe(1);
  const refused = await spend(1);
  expect(refused.status).toBe(429);
  expect(refused.text).toContain('The daily budget of $1.00 is spent ($1.01)');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await expect
    .poll(() =>
      audit()
        .filter(({ event_type }) => event_type === 'budget_notice')
        .map(({ details }) => details['percent']),
    )
    .toEqual([80, 95, 100]);
  await expect.poll(status, soon).toMatch(/today .*about \$1\.01 of \$1\.00, then refuse +spent/);
  for (const percent of [80, 95, 100]) expect(log()).toMatch(new RegExp(`"percent":${percent}[,}]`));
}, 60_000);
