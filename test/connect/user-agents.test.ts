import { expect, test } from 'vitest';
import { clients } from '../../src/connect/client-list.ts';
import { productOf } from '../../src/http/product.ts';

/** As the programs themselves sent it, in the versions that docs/clients names. */
const recorded: [client: string, userAgent: string][] = [
  ['claude-code', 'claude-code/2.1.330'],
  ['claude-code', 'claude-cli/2.1.330 (external, sdk-cli)'],
  ['codex', 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)'],
  ['opencode', 'opencode/1.18.33 ai-sdk/provider-utils/4.0.23 runtime/bun/1.3.14'],
  ['cline', 'ai-sdk/openai-compatible/3.0.37 ai-sdk/provider-utils/5.0.30 runtime/bun/1.3.13'],
  ['aider', 'OpenAI/Python 2.20.0'],
];

test('connect --wait knows each program by the name that it really sends, and takes it for no other', () => {
  for (const [client, userAgent] of recorded) {
    const known = clients.filter((one) => one.userAgent?.test(productOf(userAgent) ?? '')).map(({ name }) => name);
    expect([userAgent, known]).toEqual([userAgent, [client]]);
  }
});

test('Continue says nothing of itself, so whoever asks next is taken for it', () => {
  // "ls/JS 5.23.2" and "node-fetch": the names of its libraries, one of them shortened by its bundler.
  expect(clients.find(({ name }) => name === 'continue')?.userAgent).toBeUndefined();
});
