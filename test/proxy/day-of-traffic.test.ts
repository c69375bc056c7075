import { expect, test } from 'vitest';
import { createMetrics } from '../../src/observe/metrics.ts';
import { createRecentCalls } from '../../src/observe/recent-calls.ts';
import { createSightings } from '../../src/observe/sightings.ts';
import { storedResponses } from '../../src/policy/stored-responses.ts';
import { stack } from '../../src/proxy/layer.ts';
import { createPolicies, type PolicySettings } from '../../src/proxy/policies.ts';
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

test('memory stays bounded under a day of traffic in which nothing repeats', { timeout: 112_000 }, async () => {
  const clock = fakeClock();
  let written: readonly unknown[] = [];
  const recent = createRecentCalls({ now: clock.now });
  const metrics = createMetrics({ version: '1', openCalls: () => recent.open().length });
  const sightings = createSightings({ write: (clients) => (written = clients) });
  const responses = storedResponses(clock);
  const policies = createPolicies(everything, {
    clock,
    random: () => 0,
    account: () => '1',
    identify: async () => {},
    sinks: [],
    tell(event) {
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
    await clock.advance(dayMs / callsADay);
    if (n % Math.round((sweepMs * callsADay) / dayMs) === 0) policies.sweep();
    if (n === callsADay / 2) sizeAtNoon = metrics.text().length;
  }

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
});
