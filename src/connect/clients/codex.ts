import { join } from 'node:path';
import { type Client, firstModel, keyVariable, providerId } from '../client.ts';

/** https://developers.openai.com/codex/config-reference; `wire_api` knows `responses` only since early 2026. */
export const codex: Client = {
  name: 'codex',
  title: 'Codex CLI',
  source: 'https://developers.openai.com/codex/config-reference',
  userAgent: /^codex/i,
  tried: {
    version: '0.169.0',
    on: '2026-11-22',
    did: 'read and edited a file with its shell and with `apply_patch`, gave signed thinking back, and took every `model_reasoning_effort` from none to xhigh',
  },
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
  notes: [
    'Codex warns that it has no metadata for the model, and then offers it only a shell. With an entry of its own catalogue under our name it offers `apply_patch` too, and asks for thinking: write `codex debug models --bundled | jq \'{models: [.models[] | select(.slug == "gpt-5.5") | .slug = "bedrock-sonnet" | .upgrade = null]}\'` to a file, and name that file as `model_catalog_json` in config.toml.',
    '`apply_patch` has a grammar, which Bedrock does not enforce: it is described to the model, and reported as `grammar described, not enforced`.',
  ],
};
