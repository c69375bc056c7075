import { join } from 'node:path';
import { type Client, firstModel, keyVariable, providerId } from '../client.ts';

/** https://developers.openai.com/codex/config-reference; `wire_api` knows `responses` only since early 2026. */
export const codex: Client = {
  name: 'codex',
  title: 'Codex CLI',
  source: 'https://developers.openai.com/codex/config-reference',
  userAgent: /^codex/i,
  dialect: 'responses',
  file: {
    format: 'toml',
    places: ({ env, home }) => [join(env['CODEX_HOME'] || join(home, '.codex'), 'config.toml')],
    edits: (place) => [
      { at: ['model'], value: firstModel(place) },
      { at: ['model_provider'], value: providerId },
      { at: ['model_providers', providerId, 'name'], value: 'claude-bedrock' },
      { at: ['model_providers', providerId, 'base_url'], value: place.baseUrl },
      { at: ['model_providers', providerId, 'env_key'], value: keyVariable },
      { at: ['model_providers', providerId, 'wire_api'], value: 'responses' },
    ],
  },
  steps: () => [`have ${keyVariable} in the environment that starts \`codex\``, 'run `codex`'],
};
