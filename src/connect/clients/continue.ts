import { join } from 'node:path';
import { type Client, keyVariable } from '../client.ts';

/** https://docs.continue.dev/reference; `secrets.` are read from ~/.continue/.env. */
export const continueDev: Client = {
  name: 'continue',
  title: 'Continue',
  source: 'https://docs.continue.dev/reference',
  tried: {
    program: 'The Continue CLI',
    version: '1.5.47',
    on: '2026-11-22',
    did: 'read and edited a file; as well with `provider: anthropic`, which speaks Messages; the extensions were not tried',
  },
  dialect: 'chat',
  file: {
    format: 'yaml',
    places: ({ env, home }) => [join(env['CONTINUE_GLOBAL_DIR'] || join(home, '.continue'), 'config.yaml')],
    edits: ({ baseUrl, models }) => [
      { at: ['name'], value: 'my configuration' },
      { at: ['version'], value: '1.0.0' },
      { at: ['schema'], value: 'v1' },
      ...models.map(({ name, title }) => ({
        at: ['models'],
        key: 'name',
        item: {
          name: `${title} (claude-bedrock)`,
          provider: 'openai',
          model: name,
          apiBase: baseUrl,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: Continue's own words for a secret.
          apiKey: '${{ secrets.CLAUDE_BEDROCK_API_KEY }}',
          roles: ['chat', 'edit', 'apply'],
          capabilities: ['tool_use', 'image_input'],
        },
      })),
    ],
  },
  steps: () => [
    `put the key into ~/.continue/.env as ${keyVariable}=…, and make the file yours alone (chmod 600)`,
    'choose one of the models in Continue’s model list',
  ],
  notes: ['The embeddings of the proxy serve Continue too: a model with `model: bedrock-embed` and `roles: [embed]`.'],
};
