import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { done, type Run, runCli, until } from './run-cli.ts';

let home = '';
let server: Run;
let url = '';
const authorization = 'Bearer key-of-the-test';
const env = (): Record<string, string> => ({
  HOME: home,
  CLAUDE_BEDROCK_HOME: join(home, 'state'),
  CLAUDE_BEDROCK_API_KEY: 'key-of-the-test',
  CLAUDE_BEDROCK_VAULT: 'file',
  CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE: join(home, 'passphrase'),
  AWS_EC2_METADATA_DISABLED: 'true',
});

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'forget-'));
  writeFileSync(join(home, 'passphrase'), 'canary-passphrase\n', { mode: 0o600 });
  server = runCli(['serve', '--json', '--port', '0'], env());
  const line = await until(
    () => server.stdout().includes('\n') && server.stdout(),
    () => server.stderr(),
  );
  url = (JSON.parse(line) as { url: string }).url;
}, 60_000);
afterAll(async () => {
  server.child.kill('SIGKILL');
  await server.exited;
  rmSync(home, { recursive: true, force: true });
});

/** How many answers the server holds. */
async function held(): Promise<number> {
  const stats = await (await fetch(`${url}/admin/cache`, { headers: { authorization } })).json();
  return (stats as { entries: number }).entries;
}

/** Stores a response and gives its address. */
async function storeOne(): Promise<string> {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bedrock-sonnet', input: 'Hello' }),
  });
  const { id } = (await response.json()) as { id: string };
  return `${url}/v1/responses/${id}`;
}

const statusOf = async (address: string): Promise<number> =>
  (await fetch(address, { headers: { authorization } })).status;

async function askOnce(): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  await expect.poll(held).toBe(1);
}

test('promise 17: a sign-out and every change of a key empty the cache and the stored responses of the running server at once', async () => {
  const acts = [
    ['key', 'create', 'editor'],
    ['key', 'rotate', 'editor', '--grace', '1m'],
    ['key', 'revoke', 'editor'],
    // The second one has no sign-in to end, and clears all the same.
    ['auth', 'logout'],
    ['auth', 'logout'],
  ];
  for (const act of acts) {
    await askOnce();
    const stored = await storeOne();
    expect(await statusOf(stored)).toBe(200);
    expect(await done(act, env())).toMatchObject({ code: 0 });
    await expect.poll(held, { message: act.join(' ') }).toBe(0);
    expect(await statusOf(stored), act.join(' ')).toBe(404);
  }
}, 120_000);
