import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientGone } from '../../src/base/abort.ts';
import { ProxyError } from '../../src/base/errors.ts';
import type { Call } from '../../src/converse/call.ts';
import { collect, collector } from '../../src/converse/collect.ts';
import type { Event, Served } from '../../src/converse/events.ts';
import { replay } from '../../src/converse/replay.ts';
import { type CacheMode, createResponseCache } from '../../src/policy/response-cache.ts';
import { withCache } from '../../src/proxy/with-cache.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, settle, singly } from './call-fixture.ts';

function setup(script: Parameters<typeof scripted>[0], mode: CacheMode = 'all', maxBytes = 2 ** 20) {
  const clock = fakeClock();
  const cache = createResponseCache({ clock, maxBytes });
  const upstream = scripted(script);
  let account: string | undefined = '1';
  let identify = async () => {};
  const scope = () => (account === undefined ? undefined : { secret: 's', account });
  const ask = withCache({ cache, clock, mode, scope, identify: () => identify() })(upstream);
  const changeAccount = (to: string | undefined, then = async () => {}) => {
    account = to;
    identify = then;
  };
  return { clock, cache, upstream, ask, changeAccount };
}

/** An upstream that sends only when told to. */
function gated() {
  const gates: {
    call: Call;
    send: (batch: Event[]) => void;
    fail: (error: Error) => void;
    end: () => void;
    closed: boolean;
  }[] = [];
  const upstream = (call: Call) =>
    (async function* () {
      const queue: (Event[] | Error | 'end')[] = [];
      let wake = () => {};
      const put = (item: Event[] | Error | 'end') => {
        queue.push(item);
        wake();
      };
      const gate = { call, send: put, fail: put, end: () => put('end'), closed: false };
      gates.push(gate);
      call.signal.addEventListener('abort', () => put(call.signal.reason));
      try {
        for (;;) {
          while (queue.length === 0) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          const item = queue.shift();
          if (item instanceof Error) throw item;
          if (item === 'end' || item === undefined) return;
          yield item;
        }
      } finally {
        gate.closed = true;
      }
    })();
  const clock = fakeClock();
  const cache = createResponseCache({ clock });
  const ask = withCache({
    cache,
    clock,
    mode: 'all',
    scope: () => ({ secret: 's', account: '1' }),
    identify: async () => {},
  })(upstream);
  return { gates, ask, cache };
}

const servedOf = (events: Event[]): Served | undefined => (events[0]?.type === 'start' ? events[0].served : undefined);

test('the second of two identical calls is answered from memory, as the same answer', async () => {
  const { clock, upstream, ask } = setup(() => singly(anAnswer()));
  const first = await drain(ask(aCall()));
  await clock.advance(60_000);
  const second = await collect(ask(aCall({ format: 'openai-responses', stream: false })));
  expect(servedOf(first.events)?.cache).toEqual({ status: 'miss', stored: true });
  expect(second.served.cache).toEqual({ status: 'hit', ttl: 240, age: 60 });
  expect(second.blocks).toEqual(anAnswer().blocks);
  expect(second.end).toEqual(anAnswer().end);
  expect(upstream.calls).toHaveLength(1);
});

test('answers with tool calls are kept like others', async () => {
  const answer = anAnswer('', {
    blocks: [{ kind: 'tool', id: 't1', name: 'read', input: '{"path":"a"}' }],
    end: { stopReason: 'tool_use' },
  });
  const { upstream, ask } = setup(() => singly(answer));
  await drain(ask(aCall()));
  expect((await collect(ask(aCall()))).blocks).toEqual(answer.blocks);
  expect(upstream.calls).toHaveLength(1);
});

test('no-cache asks the model anew and refreshes the entry; no-store reads but leaves nothing', async () => {
  const { upstream, ask } = setup((_, nth) => singly(anAnswer(`answer ${nth}`)));
  const text = async (cache: Call['cache']) => (await collect(ask(aCall({ cache })))).blocks;
  await text({ read: true, write: false });
  expect(await text({ read: true, write: true })).toEqual(anAnswer('answer 2').blocks);
  expect(await text({ read: true, write: false })).toEqual(anAnswer('answer 2').blocks);
  expect(await text({ read: false, write: true })).toEqual(anAnswer('answer 3').blocks);
  expect(await text({ read: true, write: true })).toEqual(anAnswer('answer 3').blocks);
  expect(await text({ read: false, write: false })).toEqual(anAnswer('answer 4').blocks);
  expect(upstream.calls).toHaveLength(4);
});

test('promise 18: what failed, was cut off or was left is asked again', async () => {
  const events = singly(anAnswer());
  const broken = [
    [new ProxyError('upstream_unavailable', 'No.')],
    [...events.slice(0, 3), new ProxyError('upstream_truncated', 'Cut.')],
    events.slice(0, -1),
  ];
  for (const steps of broken) {
    const { upstream, ask } = setup((_, nth) => (nth === 1 ? steps : events));
    await drain(ask(aCall()));
    expect((await drain(ask(aCall()))).events).toHaveLength(events.length);
    expect(upstream.calls).toHaveLength(2);
  }
  const { upstream, ask } = setup(() => events);
  for await (const batch of ask(aCall())) if (batch[0]?.type === 'delta') break;
  await drain(ask(aCall()));
  expect(upstream.calls).toHaveLength(2);
});

test('a changed account, a changed key owner and a clear are each a miss', async () => {
  const { cache, upstream, ask, changeAccount } = setup(() => singly(anAnswer()));
  await drain(ask(aCall()));
  changeAccount('2');
  await drain(ask(aCall()));
  await drain(ask(aCall({ principal: { id: 'key_b', name: 'other', scope: 'inference' } })));
  cache.clear();
  changeAccount('1');
  await drain(ask(aCall()));
  expect(upstream.calls).toHaveLength(4);
});

test('promise 17: an answer that was under way when the cache was flushed is neither shared with later calls nor kept for them', async () => {
  const { gates, ask, cache } = gated();
  const before = drain(ask(aCall()));
  await settle();
  cache.clear();
  const behind = drain(ask(aCall()));
  await settle();
  expect(gates).toHaveLength(2);
  for (const { send, end } of gates) {
    for (const batch of singly(anAnswer())) send(batch);
    end();
    await settle();
    expect(cache.stats().entries).toBe(gates[0]?.send === send ? 0 : 1);
  }
  expect((await before).events).toHaveLength((await behind).events.length);
});

test('case 104: the answer of a fallback Region is given out but not kept', async () => {
  const served = { model: 'us.anthropic.claude-sonnet-5', region: 'us-east-1', changes: [] };
  const { cache, upstream, ask } = setup(() => singly(anAnswer('Hi', { served })));
  await drain(ask(aCall()));
  await drain(ask(aCall()));
  expect([upstream.calls.length, cache.stats().entries]).toEqual([2, 0]);
});

test('a hit reports the changes of its own way here and those of the model, not those of the first call', async () => {
  const change = (what: string) => ({ what, why: '' });
  const { ask } = setup((call) =>
    singly(
      anAnswer('Hi', { served: { ...anAnswer().served, changes: [...call.changes, change('temperature dropped')] } }),
    ),
  );
  await drain(ask(aCall({ changes: [change('seed ignored')] })));
  const hit = await collect(ask(aCall({ changes: [change('logprobs ignored')] })));
  expect(hit.served.changes.map(({ what }) => what)).toEqual(['logprobs ignored', 'temperature dropped']);
});

test('the mode off, and a warm request under deterministic, pass untouched', async () => {
  for (const mode of ['off', 'deterministic'] as const) {
    const { upstream, ask } = setup(() => singly(anAnswer()), mode);
    expect((await drain(ask(aCall()))).events).toEqual(replay(anAnswer()));
    await drain(ask(aCall()));
    expect(upstream.calls).toHaveLength(2);
  }
});

test('identical calls in flight become one upstream call, and a late one sees the answer from its start', async () => {
  const { gates, ask } = gated();
  const [start, open, delta, ...rest] = singly(anAnswer());
  const leader = drain(ask(aCall()));
  await settle();
  for (const batch of [start, open, delta]) gates[0]?.send(batch ?? []);
  await settle();
  const follower = drain(ask(aCall({ id: 'req_2' })));
  await settle();
  for (const batch of rest) gates[0]?.send(batch);
  gates[0]?.end();
  const [one, two] = await Promise.all([leader, follower]);
  expect(gates).toHaveLength(1);
  expect(one.events.slice(1)).toEqual(two.events.slice(1));
  expect(one.events.slice(1)).toEqual(replay(anAnswer()).slice(1));
  expect(servedOf(two.events)?.cache).toEqual({ status: 'shared' });
});

test("the leader's client leaves: the follower streams on, and the upstream is not aborted", async () => {
  const { gates, ask } = gated();
  const client = new AbortController();
  const batches = singly(anAnswer());
  const leader = drain(ask(aCall({ signal: client.signal })));
  const follower = drain(ask(aCall()));
  await settle();
  gates[0]?.send(batches[0] ?? []);
  await settle();
  client.abort(clientGone());
  expect((await leader).error).toMatchObject({ code: 'client_gone' });
  expect(gates[0]?.call.signal.aborted).toBe(false);
  for (const batch of batches.slice(1)) gates[0]?.send(batch);
  gates[0]?.end();
  expect((await follower).events).toHaveLength(batches.length);
});

test('promise 22: the last client to leave takes the upstream call with it, at once, also before the first byte', async () => {
  const { gates, ask } = gated();
  const clients = [new AbortController(), new AbortController()];
  const readings = clients.map(({ signal }) => drain(ask(aCall({ signal }))));
  await settle();
  clients[0]?.abort(clientGone());
  await settle();
  expect(gates[0]?.call.signal.aborted).toBe(false);
  clients[1]?.abort(clientGone());
  expect(gates[0]?.call.signal.aborted).toBe(true);
  for (const reading of readings) expect((await reading).error).toMatchObject({ code: 'client_gone' });
  expect(gates[0]?.closed).toBe(true);
  void drain(ask(aCall()));
  await settle();
  expect(gates).toHaveLength(2);
});

test('who asks for a new answer neither joins a flight nor is joined', async () => {
  const { gates, ask } = gated();
  const anew = { read: false, write: true };
  const readings = [aCall({ cache: anew }), aCall(), aCall({ cache: anew })].map((call) => drain(ask(call)));
  await settle();
  expect(gates).toHaveLength(3);
  for (const { fail } of gates) fail(new ProxyError('upstream_limited', 'Slow down.'));
  await Promise.all(readings);
});

test('a failure in flight is everybody’s failure', async () => {
  const { gates, ask } = gated();
  const readings = [drain(ask(aCall())), drain(ask(aCall()))];
  await settle();
  gates[0]?.fail(new ProxyError('upstream_limited', 'Slow down.'));
  for (const reading of readings) expect((await reading).error).toMatchObject({ code: 'upstream_limited' });
});

test('after a call that came to nothing, identical ones share a flight again', async () => {
  const { gates, ask } = gated();
  const failed = drain(ask(aCall()));
  await settle();
  gates[0]?.fail(new ProxyError('upstream_limited', 'Slow down.'));
  await failed;
  const readings = [drain(ask(aCall())), drain(ask(aCall()))];
  await settle();
  expect(gates).toHaveLength(2);
  gates[1]?.fail(new ProxyError('upstream_limited', 'Slow down.'));
  await Promise.all(readings);
});

test('an answer too large to keep is streamed whole, and nobody joins it half forgotten', async () => {
  const long = anAnswer('', {
    blocks: Array.from({ length: 40 }, () => ({ kind: 'text' as const, text: 'x'.repeat(1000) })),
  });
  const { cache, upstream, ask } = setup(() => singly(long), 'all', 64_000);
  expect((await collect(ask(aCall()))).blocks).toEqual(long.blocks);
  await drain(ask(aCall()));
  expect([upstream.calls.length, cache.stats().entries]).toEqual([2, 0]);
});

test('readers at any pace, joining and leaving at any moment, each see a whole answer or their own leaving', async () => {
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
  const whole = replay(anAnswer('x')).flatMap((event): Event[] =>
    event.type === 'delta' ? texts.map((text) => ({ ...event, text })) : [event],
  );
  const told = (events: readonly Event[]) => {
    const fold = collector();
    fold.add(events);
    return fold.answer()?.blocks;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ leavesAfter: fc.option(fc.integer({ min: 0, max: 8 })) }), { minLength: 1, maxLength: 4 }),
      // Room for the whole answer, for a part of it, and for none.
      fc.constantFrom(2 ** 20, 8 * 1_000, 8),
      async (scheduler, readers, maxBytes) => {
        const upstream = (call: Call) =>
          (async function* () {
            for (const event of whole) {
              await scheduler.schedule(Promise.resolve(), 'upstream');
              call.signal.throwIfAborted();
              yield [event];
            }
          })();
        const clock = fakeClock();
        const ask = withCache({
          cache: createResponseCache({ clock, maxBytes }),
          clock,
          mode: 'all',
          scope: () => ({ secret: 's', account: '1' }),
          identify: async () => {},
        })(upstream);
        const readings = readers.map(async ({ leavesAfter }) => {
          await scheduler.schedule(Promise.resolve(), 'join');
          const client = new AbortController();
          const events: Event[] = [];
          try {
            for await (const batch of ask(aCall({ signal: client.signal }))) {
              events.push(...batch);
              await scheduler.schedule(Promise.resolve(), 'read');
              if (leavesAfter !== null && events.length > leavesAfter) client.abort(clientGone());
            }
          } catch (error) {
            expect(error).toBe(client.signal.reason);
            return;
          }
          expect(told(events)).toEqual(told(whole));
        });
        await scheduler.waitFor(Promise.all(readings));
      },
    ),
    { numRuns: 200 },
  );
});

test('an identity that is not known yet is found out first: the answer to it is found again', async () => {
  const { upstream, ask, changeAccount } = setup(() => singly(anAnswer()));
  changeAccount(undefined, async () => changeAccount('1'));
  expect((await collect(ask(aCall()))).served.cache).toEqual({ status: 'miss', stored: true });
  expect((await collect(ask(aCall()))).served.cache).toMatchObject({ status: 'hit' });
  expect(upstream.calls).toHaveLength(1);
});

test('an identity that stays unknown shares nothing, and the call goes on to tell why', async () => {
  const { cache, upstream, ask, changeAccount } = setup(() => [new ProxyError('sign_in_needed', 'Sign in.')]);
  changeAccount(undefined);
  for (let time = 0; time < 2; time++) {
    await expect(collect(ask(aCall()))).rejects.toMatchObject({ code: 'sign_in_needed' });
  }
  expect(upstream.calls).toHaveLength(2);
  expect(cache.stats().entries).toBe(0);
});

test('a client that leaves while the identity is looked for is not waited for', async () => {
  const { upstream, ask, changeAccount } = setup(() => singly(anAnswer()));
  changeAccount(undefined, () => new Promise(() => {}));
  const abort = new AbortController();
  const answer = collect(ask({ ...aCall(), signal: abort.signal }));
  abort.abort(clientGone());
  await expect(answer).rejects.toMatchObject({ code: 'client_gone' });
  expect(upstream.calls).toHaveLength(0);
});

/** An answer of `count` batches of 10,000 characters, about 20 kB of memory each. */
const heavy = (count: number): Event[][] => {
  const [start = [], open = [], ...rest] = singly(anAnswer(''));
  const text = 'x'.repeat(10_000);
  const deltas = Array.from({ length: count }, (): Event[] => [{ type: 'delta', index: 0, kind: 'text', text }]);
  return [start, open, ...deltas, ...rest.slice(-2)];
};

/** Reads as it is told; `read` counts the batches so far. */
function handReader(stream: ReturnType<ReturnType<typeof setup>['ask']>) {
  const source = stream[Symbol.asyncIterator]();
  let read = 0;
  return {
    take: async (count: number) => {
      for (let at = 0; at < count; at++) if (!(await source.next()).done) read++;
      return read;
    },
    rest: async () => {
      for (let step = await source.next(); !step.done; step = await source.next()) read++;
      return read;
    },
    count: () => read,
  };
}

test('while an answer is kept anyway, nobody waits for a slow reader; a reader that stands still is cut off after 30 s', async () => {
  const script = heavy(40);
  const { ask, clock, cache } = setup(() => script, 'all', 2 ** 26);
  const fast = handReader(ask(aCall({ id: 'req_fast' })));
  const stuck = handReader(ask(aCall({ id: 'req_stuck' })));
  await Promise.all([fast.take(1), stuck.take(1)]);
  expect(await fast.rest()).toBe(script.length);
  expect(cache.stats().entries).toBe(1);
  await clock.advance(29_999);
  expect(await stuck.take(1)).toBe(2);
  await clock.advance(29_999);
  expect(await stuck.take(1), 'who takes something now and then is only slow').toBe(3);
  await clock.advance(30_000);
  await expect(stuck.rest()).rejects.toMatchObject({ code: 'timeout', publicMessage: expect.stringContaining('30 s') });
  expect(clock.sleeping()).toBe(0);
});

test('beyond what is kept, the foremost waits at 256 KiB ahead, goes on with the slow one, and is freed of a stuck one', async () => {
  const script = heavy(60);
  let sent = 0;
  const { ask, clock, cache } = setup(
    function* () {
      for (const batch of script) {
        sent++;
        yield batch;
      }
    },
    'all',
    8_000, // at most 1,000 bytes an entry: from the first delta on only the slower reader keeps batches in memory
  );
  const fast = handReader(ask(aCall({ id: 'req_fast' })));
  const slow = handReader(ask(aCall({ id: 'req_slow' })));
  await Promise.all([fast.take(1), slow.take(1)]);
  const reading = fast.rest();
  for (let turn = 0; turn < 100; turn++) await settle();
  const ahead = sent;
  expect(ahead * 20_100, 'in memory for the slow reader').toBeLessThan(2 ** 18 + 3 * 20_100);
  await slow.take(5);
  for (let turn = 0; turn < 100; turn++) await settle();
  const more = fast.count() - ahead;
  expect([3, 4, 5], 'each batch that the slow one takes lets about one more come').toContain(more);
  await clock.advance(30_000);
  expect(await reading).toBe(script.length);
  await expect(slow.rest()).rejects.toMatchObject({ code: 'timeout' });
  expect(cache.stats().entries).toBe(0);
});
