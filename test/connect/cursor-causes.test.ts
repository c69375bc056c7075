import { describe, expect, test } from 'vitest';
import { type CursorFacts, cursorFindings } from '../../src/connect/cursor-causes.ts';

const now = Date.UTC(2026, 10, 22, 12);
const well: CursorFacts = {
  now,
  server: 'http://127.0.0.1:4141',
  tunnel: { publicUrl: 'https://calm-otter.example.com', program: 'ngrok', alive: true },
  last: {
    client: 'Cursor/3.17.21',
    at: now - 120_000,
    through: 'tunnel',
    path: '/v1/chat/completions',
    model: 'bedrock-sonnet',
    shape: 'chat',
    tools: 23,
    requests: 4,
  },
};
const of = (facts: Partial<CursorFacts>, what: string) =>
  cursorFindings({ ...well, ...facts }).filter((finding) => finding.what === what);

test('all is well: nothing but ok, and the last request in words', () => {
  expect(cursorFindings(well).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  expect(of({}, 'last request')[0]?.detail).toBe(
    '2 min ago, agent mode, 23 tools, bedrock-sonnet, Chat shape, Cursor/3.17.21',
  );
});

describe('the errors that Cursor shows are told apart', () => {
  test.each([
    [
      '{"error":{"type":"client","reason":"ssrf_blocked","message":"connection to private IP is blocked"}}',
      'localhost pasted',
    ],
    ['Access to private networks is forbidden', 'localhost pasted'],
    ['The model bedrock-sonnet does not work with your current plan or api key', 'plan limit'],
    ['The model claude-sonnet-5 is already available as Sonnet 5', 'model name'],
    ['This model does not support custom API keys', 'model name'],
    ['Model name is not valid: "bedrock-sonnet"', 'model name'],
    ['Invalid API key', 'key'],
    ['Unable to reach the model provider', 'tunnel down'],
    ['error code: 1033', 'tunnel down'],
    ['404 page not found', 'path'],
    ['something new', 'error'],
  ])('%s', (shownError, what) => {
    const [finding] = of({ shownError }, what);
    expect(finding?.fix).toBeTruthy();
    expect(finding?.state).not.toBe('ok');
  });
});

describe('what was typed into Cursor', () => {
  test.each([
    ['http://localhost:4141/v1', 'Cursor cannot reach localhost:4141'],
    ['http://127.0.0.1:4141/v1', 'Cursor cannot reach 127.0.0.1:4141'],
    ['https://100.64.1.2/v1', 'Cursor cannot reach 100.64.1.2'],
    ['https://[fd00::1]/v1', 'Cursor cannot reach [fd00::1]'],
    ['http://calm-otter.example.com/v1', 'is not https'],
    ['https://old-name.example.com/v1', 'is not where the tunnel is now'],
    ['https://calm-otter.example.com', 'does not end in /v1'],
    ['https://calm-otter.example.com/api', 'Cursor would call /api/chat/completions'],
    ['calm-otter', 'is not a URL'],
  ])('%s', (typedUrl, said) => {
    expect(of({ typedUrl }, 'base URL').map(({ detail }) => detail)).toContainEqual(expect.stringContaining(said));
  });

  test('the right address and a neutral name are well', () => {
    expect(of({ typedUrl: 'https://calm-otter.example.com/v1' }, 'base URL')[0]?.state).toBe('ok');
    expect(of({ typedModel: 'bedrock-sonnet' }, 'model name')[0]?.state).toBe('ok');
    for (const name of ['claude-opus-5', 'gpt-5.2', 'o3-mini', 'gemini-3-pro'])
      expect([name, of({ typedModel: name }, 'model name')[0]?.state]).toEqual([name, 'fail']);
  });
});

describe('what the last request tells', () => {
  const last = well.last;
  if (!last) throw new Error('no last request');
  test('a silence of more than three hours: the key switch', () => {
    const [finding] = of({ last: { ...last, at: now - 3.2 * 3_600_000 } }, 'last request');
    expect(finding).toMatchObject({ state: 'warn', detail: expect.stringContaining('no request for 3 h') });
    expect(finding?.fix).toContain('switch the OpenAI key off and on');
  });
  test('a wrong key', () => {
    expect(of({ last: { ...last, refused: 'unauthorized' } }, 'last request')[0]).toMatchObject({ state: 'fail' });
  });
  test('none at all while the tunnel is up', () => {
    expect(of({ last: undefined }, 'last request')[0]?.detail).toContain('https://calm-otter.example.com/v1');
  });
  test('no tunnel and no server', () => {
    const findings = cursorFindings({ now });
    expect(findings.filter(({ state }) => state === 'fail').map(({ what }) => what)).toEqual(['proxy', 'tunnel']);
  });
});
