import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { type BodyLog, createBodyLog } from '../../src/compose/body-log.ts';
import { compose } from '../../src/compose.ts';
import { bodyLogEnd, bodyLogFile, bodyLogFrom, bodyLogWord, isBodyLog } from '../../src/config/body-log.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/schema.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { aCall, anAnswer, drain, type FakeClock, fakeClock, scripted, settle, singly } from '../proxy/call-fixture.ts';
import { tempFolder } from '../temp-folder.ts';

const awsKey = 'AKIAQ3EGRVX7TJ5PZL2M';
const githubToken = `ghp_${'x7Kd92LmQpR4tVwYb1ZcN8sFgH3jA6eU5iOo'}`;
const mail = 'jane.doe@rosenberg-logistik.de';

async function settingsWith(bodies: string): Promise<Settings> {
  const wishes = { upstream: 'demo', 'listen.port': 0, 'log.level': 'silent', 'log.bodies': bodies };
  const flags = Object.fromEntries(Object.entries(wishes).map(([path, value]) => [path, { name: path, value }]));
  const result = await loadSettings({
    env: {},
    paths: { configFile: '/nowhere/config.toml', state: '/nowhere' },
    flags,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.loaded.settings;
}

function bench(clock: FakeClock): { log: BodyLog; file: string; events: LogEvent[]; lines: () => string[] } {
  const state = tempFolder('bodies-');
  const events: LogEvent[] = [];
  const { scrub } = createScrubber();
  const log = createBodyLog({ state, clock, scrub, recorder: { write: (event) => events.push(event) } });
  const file = bodyLogFile(state);
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
  return { log, file, events, lines };
}

async function ask(log: BodyLog, words: string, answer = anAnswer('Hi')): Promise<void> {
  const upstream = scripted(() => singly(answer));
  const request = { messages: [{ role: 'user' as const, content: [{ text: words }] }] };
  await drain((log.layer()?.(upstream) ?? upstream)(aCall({ request })));
}

test('off: there is no layer and no file', async () => {
  const { log, file } = bench(fakeClock());
  log.apply(await settingsWith('off'));
  expect(log.layer()).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

test('on: question and answer are written masked, for the owner alone, and it ends by itself after its hour', async () => {
  const clock = fakeClock();
  const { log, file, events, lines } = bench(clock);
  log.apply(await settingsWith(bodyLogFrom(clock.now())));
  const code = JSON.stringify({ path: '.env', text: `TOKEN=${githubToken}` });
  const answer = anAnswer('', {
    blocks: [
      { kind: 'text', text: `I shall write to ${mail}.` },
      { kind: 'tool', id: 'call_1', name: 'write', input: code },
    ],
  });
  await ask(log, `My key is ${awsKey}, my address ${mail}.`, answer);
  const [line = ''] = lines();
  for (const secret of [awsKey, githubToken, mail]) expect(line).not.toContain(secret);
  expect(JSON.parse(line)).toMatchObject({
    id: 'req_1',
    request: { messages: [{ content: [{ text: expect.stringContaining('[EMAIL]') }] }] },
    answer: [{ text: 'I shall write to [EMAIL].' }, { name: 'write' }],
    stopReason: 'end_turn',
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);

  await clock.advance(3_600_000);
  await settle();
  expect(log.layer()).toBeUndefined();
  await ask(log, 'after the hour');
  expect(lines()).toHaveLength(1);
  expect(events).toMatchObject([
    { type: 'config', setting: 'log.bodies', source: expect.stringMatching(/^on until 2026-/) },
    { type: 'config', setting: 'log.bodies', source: 'off' },
  ]);
});

test('a call that is still open when the hour ends is not written; switching off ends it at once', async () => {
  const clock = fakeClock();
  const { log, lines } = bench(clock);
  log.apply(await settingsWith(bodyLogFrom(clock.now())));
  const layer = log.layer();
  const upstream = scripted(() => singly(anAnswer()));
  const open = layer?.(upstream)(aCall());
  await clock.advance(3_600_001);
  if (open) await drain(open);
  expect(lines()).toEqual([]);
  log.apply(await settingsWith(bodyLogFrom(clock.now())));
  expect(log.layer()).toBeDefined();
  log.apply(await settingsWith('off'));
  expect(log.layer()).toBeUndefined();
});

test('media become their length; a failed call is told with its code; a new hour begins a new file', async () => {
  const clock = fakeClock(Date.now());
  const { log, file, lines } = bench(clock);
  writeFileSync(file, 'old words\n');
  utimesSync(file, new Date(0), new Date(0));
  log.apply(await settingsWith(bodyLogFrom(clock.now())));
  const broken = scripted(() => [new Error('broken')]);
  const request = {
    messages: [
      { role: 'user' as const, content: [{ image: { format: 'png' as const, source: { bytes: 'iVBORw0K' } } }] },
    ],
  };
  await drain((log.layer()?.(broken) ?? broken)(aCall({ request })));
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).not.toContain('iVBORw0K');
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
    request: { messages: [{ content: [{ image: { source: { bytes: '[8 characters]' } } }] }] },
    answer: null,
    error: 'internal',
  });
});

test('the setting: a time with its zone or off; never longer than an hour, whatever the file says', async () => {
  const now = Date.UTC(2026, 10, 22, 6);
  expect(bodyLogWord('on', now)).toBe('2026-11-22T07:00:00Z');
  expect(bodyLogEnd({ bodies: '2026-11-22T06:10:00+00:00' }, now)).toBe(now + 600_000);
  expect(bodyLogEnd({ bodies: '2036-01-01T00:00:00Z' }, now)).toBe(now + 3_600_000);
  expect(bodyLogEnd({ bodies: '2026-11-22T05:59:00Z' }, now)).toBeUndefined();
  for (const wrong of ['tomorrow', '2026-11-22', '2026-11-22T07:00', '2026-13-41T99:00:00Z'])
    expect(isBodyLog(wrong)).toBe(false);
  await expect(settingsWith('always')).rejects.toThrow('log.bodies');
});

test('through the running server: a live change switches it on and off without a restart', {
  timeout: 30_000,
}, async () => {
  const off = await settingsWith('off');
  const state = tempFolder('bodies-');
  const server = compose({ settings: off, apiKey: new Secret('sk-cb-bodies-test'), state, version: '0' });
  const { url } = await server.listen();
  const chat = async (words: string) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-cb-bodies-test', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content: words }] }),
      signal: AbortSignal.timeout(20_000),
    });
    expect(response.status).toBe(200);
    await response.text();
  };
  try {
    await chat('before');
    expect(existsSync(bodyLogFile(state))).toBe(false);
    server.apply({ ...off, log: { ...off.log, bodies: bodyLogFrom(Date.now()) } });
    await settle();
    await chat(`during ${awsKey}`);
    server.apply(off);
    await settle();
    await chat('afterwards');
  } finally {
    await server.close('test');
  }
  const written = readFileSync(bodyLogFile(state), 'utf8');
  expect(written).toContain('during');
  expect(written).not.toMatch(new RegExp(`${awsKey}|before|afterwards`));
});
