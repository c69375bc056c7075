import { join } from 'node:path';
import { type Client, keyVariable, providerId } from '../client.ts';

/** https://zed.dev/docs/ai/use-api-access; Zed reads the key from `<PROVIDER>_API_KEY`, which for our id is our own variable. */
export const zed: Client = {
  name: 'zed',
  title: 'Zed',
  source: 'https://zed.dev/docs/ai/use-api-access',
  userAgent: /^zed/i,
  dialect: 'chat',
  file: {
    format: 'jsonc',
    places: ({ env, platform, home }) => [
      platform === 'win32'
        ? join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Zed', 'settings.json')
        : join((platform === 'linux' && env['XDG_CONFIG_HOME']) || join(home, '.config'), 'zed', 'settings.json'),
    ],
    edits: ({ baseUrl, models }) => [
      { at: ['language_models', 'openai_compatible', providerId, 'api_url'], value: baseUrl },
      {
        at: ['language_models', 'openai_compatible', providerId, 'available_models'],
        value: models.map(({ name, title, contextTokens, maxOutputTokens }) => ({
          name,
          display_name: title,
          max_tokens: contextTokens,
          max_output_tokens: maxOutputTokens,
          capabilities: { tools: true, images: true, parallel_tool_calls: true, prompt_cache_key: false },
        })),
      },
    ],
  },
  steps: () => [
    `start Zed from a terminal that has ${keyVariable}, or type the key in: “agent: open settings” > LLM Providers > ${providerId}`,
    'choose one of the models in the agent panel',
  ],
};
