import { join } from 'node:path';
import { type Client, firstModel, keyVariable } from '../client.ts';

/** https://aider.chat/docs/llms/openai-compat.html */
export const aider: Client = {
  name: 'aider',
  title: 'aider',
  source: 'https://aider.chat/docs/llms/openai-compat.html',
  userAgent: /^(litellm|OpenAI\/Python|AsyncOpenAI)/i,
  tried: {
    version: '0.86.2',
    on: '2026-11-22',
    did: 'streamed an answer, applied the edit in it, and asked for the words of its commit',
  },
  dialect: 'chat',
  file: {
    format: 'yaml',
    places: ({ home }) => [join(home, '.aider.conf.yml')],
    edits: (place) => [
      { at: ['openai-api-base'], value: place.baseUrl },
      // aider hands the part after `openai/` on as the model's name.
      { at: ['model'], value: `openai/${firstModel(place)}` },
    ],
  },
  steps: () => [
    `let aider find the key: export OPENAI_API_KEY="$${keyVariable}"   (Windows: setx OPENAI_API_KEY %${keyVariable}%)`,
    'run `aider`; its warning about an unknown model’s cost does no harm',
  ],
};
