import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openAudit } from '../../src/observe/audit.ts';
import type { CallRecord } from '../../src/observe/call-record.ts';
import { openLedger } from '../../src/observe/ledger.ts';
import { auditFolder, ledgerFile } from '../../src/observe/recorder.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { sampleRecord } from '../observe/sample-record.ts';
import { tempFolder } from '../temp-folder.ts';
import { startServiceQuotas } from './aws-stand-ins.ts';
import { runHere } from './run-here.ts';

const record = sampleRecord({
  at: Date.now() - 60_000,
  firstEventMs: 12,
  stopReason: 'end_turn',
  usage: { inputTokens: 1100, outputTokens: 20, totalTokens: 1120, cacheReadInputTokens: 5, cacheWriteInputTokens: 6 },
  maxTokens: 64_000,
  cost: { usd: 0.25, savedUsd: 0.1 },
  upstreamRequestId: 'aws-1',
  changes: [{ what: 'seed ignored', why: 'Bedrock has none.' }],
});

async function home(records: readonly CallRecord[] = []): Promise<string> {
  const folder = tempFolder('home-');
  vi.stubEnv('CLAUDE_BEDROCK_HOME', folder);
  if (records.length === 0) return folder;
  const ledger = await openLedger({ file: ledgerFile(folder), clock: systemClock });
  for (const each of records) ledger.add(each);
  ledger.close();
  return folder;
}

test('usage: a table, JSON and CSV of the same totals; what is unpriced is said', async () => {
  const { cost: _, ...unpriced } = record;
  await home([record, { ...unpriced, modelId: 'new.model' }]);
  const table = await runHere('usage', '--by', 'model');
  expect(table.code).toBe(0);
  expect(table.out).toMatch(/anthropic\.claude-sonnet-5 +1 +0 +0 +1,100 +5 +6 +20 +\$0\.25 +\$0\.10/);
  expect(table.out).toMatch(/new\.model .* unpriced/);
  expect(table.out).toContain('The price of one call is not known; the cost is without it.');
  const json = JSON.parse((await runHere('usage', '--by', 'model', '--json')).out);
  expect(json).toMatchObject({
    schemaVersion: 1,
    by: 'model',
    rows: [{ group: 'anthropic.claude-sonnet-5', usd: 0.25 }, { unpriced: 1 }],
  });
  const csv = (await runHere('usage', '--by', 'client', '--csv')).out.split('\r\n');
  expect(csv[0]).toMatch(/^group,calls,failed,fromCache,inputTokens/);
  expect(csv[1]).toMatch(/^cursor,2,/);
});

test('usage --csv: what a client calls itself is no formula of the spreadsheet that reads it', async () => {
  await home([{ ...record, client: { ...record.client, name: "+cmd|'/C'!A0" } }]);
  const [, row] = (await runHere('usage', '--by', 'client', '--csv')).out.split('\r\n');
  expect(row).toMatch(/^'\+cmd\|'\/C'!A0,1,/);
});

test('cost estimate names the day of its prices', async () => {
  await home();
  expect((await runHere('cost', 'estimate')).out).toMatch(/Prices of \d{4}-\d\d-\d\d\./);
  expect(JSON.parse((await runHere('cost', 'estimate', '--json')).out).pricesAsOf).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test('usage without a call, and with flags that make no sense', async () => {
  await home();
  expect(await runHere('usage')).toMatchObject({ code: 0, out: '' });
  expect(JSON.parse((await runHere('usage', '--json')).out).rows).toEqual([]);
  expect((await runHere('usage', '--by', 'moon')).code).toBe(2);
  expect((await runHere('usage', '--days', 'x')).code).toBe(2);
});

test('quota: measured load, what max_tokens would do, and a draft for a model that was throttled', async () => {
  const throttled: CallRecord = { ...record, outcome: 'failed', error: { code: 'upstream_limited' } };
  await home([...Array.from({ length: 30 }, () => record), throttled]);
  const { code, out } = await runHere('quota');
  expect(code).toBe(0);
  expect(out).toContain('max_tokens would do');
  expect(out).toContain('1,024');
  expect(out).toContain('Draft of a request for more quota for anthropic.claude-sonnet-5');
  expect(JSON.parse((await runHere('quota', '--json')).out).models).toMatchObject([
    { throttled: 1, p99Output: 20, maxTokens: 1024 },
  ]);
});

test('explain: a failure has its meaning and the command that leads on', async () => {
  await home([{ ...record, outcome: 'failed', error: { code: 'upstream_limited' } }]);
  const { out } = await runHere('explain', 'req_1');
  expect(out).toMatch(/^means +Bedrock throttled the model: a quota was reached\.$/m);
  expect(out).toMatch(/^fix +(?:npx )?claude-bedrock quota /m);
});

test('explain: a call by our id or by AWS’s, with what was changed and why', async () => {
  await home([record]);
  const { out } = await runHere('explain', 'req_1');
  for (const part of [
    'bedrock-sonnet -> eu.anthropic.claude-sonnet-5 in eu-central-1',
    'served, stopped by end_turn',
    '$0.25',
    '64,000 tokens by max_tokens',
    'seed ignored',
    'Bedrock has none.',
  ]) {
    expect(out).toContain(part);
  }
  expect(JSON.parse((await runHere('explain', 'aws-1', '--json')).out).call.id).toBe('req_1');
  expect(await runHere('explain', 'req_none')).toMatchObject({ code: 1, out: '' });
});

test('cost estimate: the price of a size, of a file, and "unpriced" where none is known', async () => {
  const folder = await home();
  const { code, out } = await runHere(
    'cost',
    'estimate',
    '--model',
    'bedrock-sonnet',
    '--input',
    '1000000',
    '--output',
    '0',
    '--region',
    'us-east-1',
  );
  expect(code).toBe(0);
  expect(out).toMatch(/claude-sonnet-5 in us-east-1: about \$\d/);
  appendFileSync(join(folder, 'prompt.txt'), 'x'.repeat(4000));
  const json = JSON.parse(
    (await runHere('cost', 'estimate', '--file', join(folder, 'prompt.txt'), '--calls', '10', '--json')).out,
  );
  expect(json).toMatchObject({ input: 1000, calls: 10 });
  expect(json.usd).toBeCloseTo(10 * json.usdEach, 9);
  expect((await runHere('cost', 'estimate', '--cached', '200')).code).toBe(2);
});

test('cost estimate: a default model that nobody knows is named', async () => {
  const folder = await home();
  appendFileSync(join(folder, 'config.toml'), '\n[models]\ndefault = "no-such-model"\n');
  expect((await runHere('cost', 'estimate')).err).toContain('no-such-model is not a model we know');
});

test('audit verify: files that cannot be read and a note that is missing are told as such', async () => {
  const folder = auditFolder(await home());
  const audit = openAudit({ folder, clock: systemClock, scrubber: createScrubber() });
  audit.write({ type: 'call', record });
  audit.close();
  rmSync(join(folder, 'audit.head'));
  expect((await runHere('audit', 'verify')).err).toContain('lines taken from the end would not be seen');
  rmSync(join(folder, 'audit.jsonl'));
  mkdirSync(join(folder, 'audit.jsonl'));
  const { code, err } = await runHere('audit', 'verify');
  expect(code).toBe(1);
  expect(err).toMatch(/error: the audit cannot be read: .*\ncause: EISDIR.*\nfix: look at what is there/);
});

test('audit verify: whole, broken, empty', async () => {
  const folder = await home();
  expect((await runHere('audit', 'verify')).out).toContain('is empty');
  const audit = openAudit({ folder: auditFolder(folder), clock: systemClock, scrubber: createScrubber() });
  for (let nth = 0; nth < 3; nth++) audit.write({ type: 'call', record });
  audit.close();
  expect(await runHere('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('whole: 3 lines') });
  appendFileSync(join(auditFolder(folder), 'audit.jsonl'), '{"seq":4,"forged":true}\n');
  const broken = await runHere('audit', 'verify');
  expect(broken.code).toBe(1);
  expect(broken.err).toContain('audit.jsonl, line 4');
  expect(JSON.parse((await runHere('audit', 'verify', '--json')).out)).toMatchObject({
    ok: false,
    line: 4,
    fault: 'unreadable',
  });
});

test('cache stats and clear ask the running proxy, with its key', async () => {
  await home();
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`);
    outgoing.end(
      JSON.stringify({ entries: 2, bytes: 2048, maxBytes: 65_536, hits: 3, misses: 1, stores: 2, shared: 1 }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('CLAUDE_BEDROCK_PORT', String(port));
  expect((await runHere('cache', 'stats')).err).toContain('CLAUDE_BEDROCK_API_KEY');
  vi.stubEnv('CLAUDE_BEDROCK_API_KEY', 'sk-cb-test-key-of-some-length');
  expect((await runHere('cache', 'stats')).out).toContain('75 % of 4 looks');
  expect((await runHere('cache', 'clear')).out).toContain('empty');
  expect(seen).toEqual([
    'GET /admin/cache Bearer sk-cb-test-key-of-some-length',
    'DELETE /admin/cache Bearer sk-cb-test-key-of-some-length',
  ]);
  await new Promise((resolve) => server.close(resolve));
  expect((await runHere('cache', 'stats')).err).toContain('nothing answers');
});

async function serviceQuotas(answer: 'lists' | 'forbids') {
  const server = await startServiceQuotas(() => (answer === 'lists' ? 1000 : 'forbidden'));
  vi.stubEnv('AWS_ENDPOINT_URL_SERVICE_QUOTAS', `${server.url}/`);
  return server;
}

async function signedInHome(): Promise<void> {
  const folder = await home([record]);
  writeFileSync(join(folder, 'passphrase'), 'a passphrase of the test\n');
  vi.stubEnv('HOME', folder);
  vi.stubEnv('CLAUDE_BEDROCK_VAULT', 'file');
  vi.stubEnv('CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE', join(folder, 'passphrase'));
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-secret');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
}

test('quota: the account’s limits beside steady and peak use, and the commands that ask for more', async () => {
  await signedInHome();
  const quotas = await serviceQuotas('lists');
  const { code, out } = await runHere('quota');
  expect(code).toBe(0);
  expect(out).toMatch(/anthropic\.claude-sonnet-5 +cross-region +tokens a minute +1,000 +1,126 +1,126 +113 % +L-2/);
  expect(out).toContain('--region eu-central-1 --quota-code L-2 --desired-value 2252');
  expect(out).not.toContain('guardrails');
  expect(quotas.asked).toHaveLength(2);
  expect(quotas.asked[0]).toMatchObject({ target: 'ServiceQuotasV20190624.ListServiceQuotas' });
  expect(quotas.asked[0]?.authorization).toContain('AKIDEXAMPLE/');
  expect(JSON.parse((await runHere('quota', '--json')).out)).toMatchObject({
    limits: [{ code: 'L-2', value: 1000, peak: 1126 }, { code: 'L-3' }],
    limitsUnknown: null,
  });
  expect((await runHere('quota', '--no-limits')).out).not.toContain('L-2');
  quotas.close();
});

test('quota: when Service Quotas is forbidden or there is no identity, that is said and the rest is shown', async () => {
  await signedInHome();
  const quotas = await serviceQuotas('forbids');
  const { code, out, err } = await runHere('quota');
  expect(code).toBe(0);
  expect(out).toContain('anthropic.claude-sonnet-5');
  expect(err).toContain('AccessDeniedException; the right is servicequotas:ListServiceQuotas');
  quotas.close();
  const closed = await runHere('quota');
  expect(closed).toMatchObject({ code: 0 });
  expect(closed.err).toContain('could not be asked');
  vi.stubEnv('AWS_ACCESS_KEY_ID', '');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
  expect((await runHere('quota')).err).toContain('there are no AWS credentials');
});

test('status: each budget with what is spent of it, marked from 80 % on; bodies as long as they are written or there', async () => {
  const folder = await home([{ ...record, at: Date.now() - 1, cost: { usd: 8.4, savedUsd: 0 } }]);
  const rule = (lines: string) => `[[budgets]]\n${lines}\n`;
  writeFileSync(
    join(folder, 'config.toml'),
    rule('period = "day"\nusd = 10\naction = "clamp"') +
      rule('period = "month"\nusd = 8\naction = "refuse"\nmodel = "bedrock-sonnet"') +
      rule('period = "day"\nusd = 1\nkey = "another"'),
  );
  const { out } = await runHere('status');
  expect(out).toContain('about $8.40 of $10.00, then clamp   nearly spent');
  expect(out).toContain('anthropic.claude-sonnet-5: $8.40 of $8.00 a month (105 %), then refuse   spent');
  expect(out).toContain('another: $0.00 of $1.00 a day (0 %), then notice');
  expect(out).not.toContain('bodies');
  expect(JSON.parse((await runHere('status', '--json')).out)).toMatchObject({
    budgets: [{ scope: 'all calls', spentUsd: 8.4 }, {}, {}],
    bodiesUntil: null,
  });
  const on = await runHere('config', 'set', 'log.bodies', 'on');
  expect([on.code, on.err]).toEqual([0, expect.stringContaining('bodies.jsonl until then')]);
  expect((await runHere('status')).out).toMatch(/bodies +written to .*bodies\.jsonl until \d\d:\d\d/);
  expect((await runHere('config', 'set', 'log.bodies', 'always')).code).toBe(2);
  await runHere('config', 'set', 'log.bodies', 'off');
  writeFileSync(join(folder, 'bodies.jsonl'), '{}\n');
  expect((await runHere('status')).out).toMatch(/bodies +not written any more; what was is in/);
});

test('a ledger that cannot be read is told as such, with what mends it, by every command that looks into it', async () => {
  const folder = await home();
  writeFileSync(ledgerFile(folder), 'no database '.repeat(1000));
  for (const command of [['usage'], ['quota'], ['explain', 'req_1']]) {
    const { code, err } = await runHere(...command);
    expect(code).toBe(1);
    expect(err).toContain(`error: the ledger cannot be read: ${ledgerFile(folder)}`);
    expect(err).toMatch(/fix: (?:npx )?claude-bedrock serve puts it aside/);
  }
});
