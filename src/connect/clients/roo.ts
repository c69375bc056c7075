import { type Client, firstModel } from '../client.ts';

/** https://docs.roocode.com/providers/openai-compatible; its settings lie in VS Code's own secret storage. */
export const roo: Client = {
  name: 'roo',
  title: 'Roo Code',
  source: 'https://docs.roocode.com/providers/openai-compatible',
  userAgent: /^roo/i,
  dialect: 'chat',
  steps: (place) => [
    'open the Roo Code panel, then its settings (the gear) > Providers',
    'API Provider: OpenAI Compatible',
    `Base URL: ${place.baseUrl}`,
    'API Key: the key of the proxy',
    `Model: ${firstModel(place)}`,
    `Context Window Size: ${place.models[0]?.contextTokens ?? 200_000}; Image Support and Prompt Caching on`,
  ],
};
