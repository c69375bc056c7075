import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Run, runCli, until } from './run-cli.ts';

let home: string;
let server: Run | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'claude-bedrock-reload-'));
});
afterEach(async () => {
  server?.child.kill('SIGKILL');
  await server?.exited;
  rmSync(home, { recursive: true, force: true });
});

test('a changed file is taken over while the server runs; what needs a restart is named; an invalid one changes nothing', async () => {
  const file = join(home, 'config.toml');
  const run = runCli(['serve', '--json', '--port', '0'], { CLAUDE_BEDROCK_HOME: home, CLAUDE_BEDROCK_API_KEY: 'k' });
  server = run;
  const line = await until(
    () => run.stdout().includes('\n') && run.stdout(),
    () => run.stderr(),
  );
  const { url } = JSON.parse(line) as { url: string };
  const headers = { authorization: 'Bearer k', 'content-type': 'application/json' };
  const answering = async (model: string) => {
    const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] });
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  };
  expect(await answering('fast')).toBe(200);

  writeFileSync(file, '[models]\nunknown = "refuse"\n[log]\nlevel = "error"\n[listen]\nmaxConnections = 99\n');
  await until(
    () => run.stderr().includes('restart the server'),
    () => run.stderr(),
  );
  expect(run.stderr()).toMatch(/configuration: .*models\.unknown/);
  expect(run.stderr()).toContain('listen.maxConnections changed too: restart the server to use it');
  expect(await answering('fast')).toBe(404);

  writeFileSync(file, '[models]\nunknown = "refuse"\n[models.aliases]\nfast = "bedrock-haiku"\n');
  await until(
    () => run.stderr().includes('models.aliases.fast'),
    () => run.stderr(),
  );
  expect(await answering('fast')).toBe(200);
  expect(run.stderr().match(/restart the server/g)).toHaveLength(1);

  writeFileSync(file, '[models]\nunknown = "nonsense"\n');
  await until(
    () => run.stderr().includes('config.toml:2'),
    () => run.stderr(),
  );
  await expect.poll(run.stderr).toContain('the old one stays');
  expect(await answering('fast')).toBe(200);
  expect(await answering('nobody-knows-it')).toBe(404);

  const seen = await until(
    () =>
      readFileSync(join(home, 'last-seen.json'), 'utf8').includes('nobody-knows-it') &&
      readFileSync(join(home, 'last-seen.json'), 'utf8'),
    () => 'the last request',
  );
  expect(seen).not.toContain('"Hi"');
}, 60_000);
