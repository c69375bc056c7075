import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
let inputTokens = 0;
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
  const script = () => [
    {
      do: 'events' as const,
      events: [
        { messageStart: { role: 'assistant' } },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Well.' } } },
        { contentBlockStop: { contentBlockIndex: 0 } },
        { messageStop: { stopReason: 'end_turn' } },
        { metadata: { usage: { inputTokens, outputTokens: 0, totalTokens: inputTokens }, metrics: { latencyMs: 1 } } },
      ],
    },
  ];
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
    `[[budgets]]\nperiod = "day"\nusd = 1\naction = "refuse"\n[limits.perKey]\nrequestsPerMinute = 100\ntokensPerMinute = 1000000000\n`,
  );
  server = runCli(['serve', '--port', '0', '--json'], environment());
  url = await until(() => /"url":"(http:\/\/[^"/]+)/.exec(server.stdout())?.[1], log);
}, 40_000);
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.exited;
  await simulator.close();
});

test('a budget’s notices at 80 and 95 percent reach the log, the audit, the metrics and status; then it refuses', async () => {
  const notices = (percent: number) => metric('claude_bedrock_budget_notices_total', `percent="${percent}"`);
  /** A call that costs so many cents. */
  const spend = async (cents: number) => {
    inputTokens = Math.round((cents * 10_000) / price);
    return ask(`for ${cents} cents`, {}, { 'cache-control': 'no-store' });
  };
  expect((await spend(79)).status).toBe(200);
  expect(await notices(80)).toBe(0);
  await spend(3);
  expect([await notices(80), await notices(95)]).toEqual([1, 0]);
  expect(await command('status')).toMatch(/all calls: \$0\.82 of \$1\.00 a day \(8[12] %\), then refuse +nearly spent/);
  await spend(14);
  expect([await notices(80), await notices(95), await notices(100)]).toEqual([1, 1, 0]);
  expect(await metric('claude_bedrock_cost_usd_total')).toBeCloseTo(0.96, 4);
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
  expect(await command('status')).toMatch(/\$1\.01 of \$1\.00 a day \(101 %\), then refuse +spent/);
  for (const percent of [80, 95, 100]) expect(log()).toMatch(new RegExp(`"percent":${percent}[,}]`));
}, 60_000);
