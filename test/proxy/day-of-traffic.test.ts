import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createCatalogue } from '../../src/bedrock/catalogue.ts';
import { createFailedKeys } from '../../src/http/failed-keys.ts';
import { createUiSessions } from '../../src/http/ui-sessions.ts';
import { openAudit } from '../../src/observe/audit.ts';
import { openLedger } from '../../src/observe/ledger.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { createRecentCalls } from '../../src/observe/recent-calls.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { createSightings } from '../../src/observe/sightings.ts';
import { storedResponses } from '../../src/policy/stored-responses.ts';
import { stack } from '../../src/proxy/layer.ts';
import { createPolicies, type PolicySettings } from '../../src/proxy/policies.ts';
import { tempFolder } from '../temp-folder.ts';
import { aCall, anAnswer, capabilities, drain, fakeClock, modelInfo, scripted, singly } from './call-fixture.ts';

const cacheBytes = 256 * 1024;

const everything: PolicySettings = {
  cache: { mode: 'all', ttlMs: 300_000, maxBytes: cacheBytes },
  bounds: { promptChars: 1_000_000 },
  perKey: { requestsPerMinute: 1_000, tokensPerMinute: 1_000_000, concurrent: 100 },
  all: { concurrent: 1_000 },
  budgets: [{ period: 'day', limitUsd: 1e9, action: 'refuse' }],
  masking: { secrets: 'report', personal: 'mask', webInjection: 'report', kinds: [], patterns: [] },
};

/** A call every seven seconds, each from another key, program, address and model, with other words: the worst traffic there is. */
const callsADay = 12_000;
const dayMs = 86_400_000;
const sweepMs = 30_000;

const failing = (error: unknown): never => {
  throw error;
};

/** Bytes that are really in use: V8 collects all that nobody holds before it counts. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test('memory stays bounded under a day of traffic in which nothing repeats', { timeout: 112_000 }, async () => {
  const clock = fakeClock();
  let written: readonly unknown[] = [];
  const recent = createRecentCalls({ now: clock.now });
  const metrics = createMetrics({ version: '1', openCalls: () => recent.open().length });
  const sightings = createSightings({ write: (clients) => (written = clients) });
  const responses = storedResponses(clock);
  const folder = tempFolder('day-');
  const audit = openAudit({
    folder,
    // A flush each minute instead of each half second: the disk is not what is looked at.
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(120 * ms, signal) },
    scrubber: createScrubber(),
    maxFileBytes: 2 ** 18,
    maxTotalBytes: 2 ** 20,
    onError: failing,
  });
  const ledger = await openLedger({ file: ':memory:', clock, onError: failing });
  const sessions = createUiSessions(clock);
  const failedKeys = createFailedKeys({ ...clock, sleep: async () => {} });
  const catalogue = createCatalogue({
    region: 'eu-central-1',
    defaultModel: 'bedrock-sonnet',
    unknownModels: 'pass',
    aliases: {},
  });
  const policies = createPolicies(everything, {
    clock,
    random: () => 0,
    account: () => '1',
    identify: async () => {},
    sinks: [ledger.add],
    tell(event) {
      audit.write(event);
      metrics.count(event);
      recent.write(event);
    },
    onBegin: ({ id, client, format, model, target }) =>
      recent.began({ id, at: clock.now(), client: client.name, format, model, target: target.modelId }),
  });
  const thinking = 'a thought '.repeat(100);
  const upstream = scripted(({ id }) =>
    singly(
      anAnswer('', {
        blocks: [
          { kind: 'reasoning', text: thinking, signature: 's'.repeat(200) },
          { kind: 'text', text: `An answer of ${id}. `.repeat(100) },
          { kind: 'tool', id: `call_${id}`, name: 'look', input: `{"at":"${id}"}` },
        ],
      }),
    ),
  );
  const ask = stack(upstream, policies.layers);

  let sizeAtNoon = 0;
  let heapAtEleven = 0;
  for (let n = 0; n < callsADay; n++) {
    const own = { id: `req_${n}`, principal: { id: `key_${n}`, name: `key ${n}`, scope: 'inference' as const } };
    const info = { ...modelInfo, id: `vendor.model-${n}`, capabilities };
    const words = `Word ${n} to person${n}@firma-nord.de, and my key AKIA${String(n).padStart(5, 'Q')}3EGRVX7TJ5P`;
    await drain(
      ask(
        aCall({
          ...own,
          client: { name: `program-${n}`, ip: `10.0.${n % 256}.${n % 251}` },
          model: `model-${n}`,
          target: { ...aCall().target, modelId: `eu.vendor.model-${n}`, info },
          options: { thinking: { type: 'adaptive' } },
          request: { messages: [{ role: 'user', content: [{ text: words }] }], inferenceConfig: { maxTokens: 500 } },
          startedAt: clock.monotonic(),
        }),
      ),
    );
    upstream.calls.length = 0;
    responses.put(own.principal.id, { id: `resp_${n}`, input: [], output: [], response: { text: words } });
    sightings.see({
      at: clock.now(),
      client: `program-${n}`,
      through: 'local',
      path: '/v1/chat/completions',
    });
    audit.write({ type: 'authenticated', principalId: own.principal.id, route: '/v1', ip: `10.1.${n % 256}.1` });
    await failedKeys.wait(`10.${n % 250}.${n % 249}.${n % 251}`);
    sessions.exchange(sessions.link().token);
    catalogue.resolve(`vendor.unknown-${n}`);
    await clock.advance(dayMs / callsADay);
    if (n % Math.round((sweepMs * callsADay) / dayMs) === 0) policies.sweep();
    if (n === callsADay / 2) sizeAtNoon = metrics.text().length;
    // By then each store is as full as it gets: the last, of 10,000 keys' limits, since eight in the evening.
    if (n === Math.floor((callsADay * 11) / 12)) heapAtEleven = heapBytes();
  }

  // A thousand calls more: a store that forgot nothing of what was said in them would hold two megabytes and more.
  expect(heapBytes() - heapAtEleven, 'growth of the heap in the last two hours').toBeLessThan(1_000_000);
  const cache = policies.cache.stats();
  expect(cache.bytes).toBeLessThanOrEqual(cacheBytes);
  expect(cache.entries).toBeLessThanOrEqual(Math.ceil((300_000 / dayMs) * callsADay) + 8);
  expect(policies.reasoning.stats().bytes).toBeLessThanOrEqual(32 * 2 ** 20);
  expect(policies.reasoning.stats().turns).toBeLessThanOrEqual((4 / 24) * callsADay + 10);
  // Three limits of each of at most 10,000 keys, and one of all.
  expect(policies.limits.state().length).toBeLessThanOrEqual(3 * 10_000 + 1);
  expect(policies.limits.open()).toBe(0);
  expect(policies.budgets.state()).toHaveLength(1);
  expect(recent.open()).toEqual([]);
  expect(recent.calls()).toHaveLength(250);
  expect(recent.notices().length).toBeLessThanOrEqual(100);
  // Label sets are full long before noon; from then on only digits grow.
  expect(metrics.text().length).toBeLessThan(sizeAtNoon * 1.05);
  sightings.flush();
  expect(written.length).toBeLessThanOrEqual(32);
  const kept = Array.from({ length: callsADay }, (_, n) => responses.get(`key_${n}`, `resp_${n}`)).filter(Boolean);
  expect(kept).toHaveLength(1_000);

  // Half a minute after the longest life is over, nothing that anybody said is left, though nobody asked again.
  await clock.advance(4 * 3_600_000 + sweepMs);
  policies.sweep();
  expect(policies.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  expect(policies.reasoning.stats()).toEqual({ turns: 0, bytes: 0 });
  metrics.close();
  audit.close();
  const files = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 ** 20 + 2 ** 19);
  ledger.flush();
  expect(Number(ledger.database().prepare('SELECT count(*) AS n FROM calls').get()?.['n'])).toBe(callsADay);
  ledger.close();
});

test('a ledger in memory keeps the newest calls, however many there are', async () => {
  const clock = fakeClock();
  const ledger = await openLedger({ file: ':memory:', clock, onError: failing });
  const policies = createPolicies(everything, {
    clock,
    random: () => 0,
    account: () => '1',
    identify: async () => {},
    tell: () => {},
    sinks: [ledger.add],
  });
  const ask = stack(
    scripted(() => [[...singly(anAnswer()).flat()]]),
    policies.layers,
  );
  let records = 0;
  const filled = aCall({ cache: { read: false, write: false } });
  for (; records < 500; records++) await drain(ask({ ...filled, id: `req_${records}` }));
  const database = ledger.database();
  database.exec(`WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 30)
    INSERT INTO calls SELECT calls.* FROM calls, more`);
  await drain(ask({ ...filled, id: 'req_last' }));
  const count = () => Number(ledger.database().prepare('SELECT count(*) AS n FROM calls').get()?.['n']);
  expect(count()).toBe(500 * 31 + 1);
  database.exec('INSERT INTO calls SELECT * FROM calls');
  await drain(ask({ ...filled, id: 'req_newest' }));
  expect(count()).toBe(20_000);
  expect(ledger.database().prepare(`SELECT id FROM calls WHERE id = 'req_newest'`).get()).toBeDefined();
  ledger.close();
});
