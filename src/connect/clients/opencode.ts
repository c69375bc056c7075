import { join } from 'node:path';
import { type Client, firstModel, keyVariable, providerId } from '../client.ts';

/** https://opencode.ai/docs/config; `{env:…}` is its own way to name a variable. */
export const opencode: Client = {
  name: 'opencode',
  title: 'opencode',
  source: 'https://opencode.ai/docs/config',
  userAgent: /^opencode/i,
  tried: {
    version: '1.18.33',
    on: '2026-11-22',
    did: 'read and edited a file; as well with `@ai-sdk/anthropic` as the provider’s `npm`, which speaks Messages',
  },
  dialect: 'chat',
  file: {
    format: 'jsonc',
    places: ({ env, home }) => {
      const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'opencode');
      return [join(folder, 'opencode.json'), join(folder, 'opencode.jsonc')];
    },
    edits: ({ baseUrl, models }) => [
      { at: ['$schema'], value: 'https://opencode.ai/config.json' },
      { at: ['provider', providerId, 'npm'], value: '@ai-sdk/openai-compatible' },
      { at: ['provider', providerId, 'name'], value: 'claude-bedrock' },
      { at: ['provider', providerId, 'options', 'baseURL'], value: baseUrl },
      { at: ['provider', providerId, 'options', 'apiKey'], value: `{env:${keyVariable}}` },
      ...models.map(({ name, title, contextTokens, maxOutputTokens }) => ({
        at: ['provider', providerId, 'models', name],
        value: { name: title, limit: { context: contextTokens, output: maxOutputTokens } },
      })),
    ],
  },
  steps: (place) => [
    `have ${keyVariable} in the environment that starts \`opencode\``,
    `run \`opencode\` and choose ${providerId}/${firstModel(place)} with /models`,
  ],
};
