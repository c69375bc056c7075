import { type Client, firstModel } from '../client.ts';

/** https://docs.cline.bot/provider-config/openai-compatible; its settings lie in VS Code's own secret storage. */
export const cline: Client = {
  name: 'cline',
  title: 'Cline',
  source: 'https://docs.cline.bot/provider-config/openai-compatible',
  userAgent: /^cline/i,
  dialect: 'chat',
  steps: (place) => [
    'open the Cline panel, then its settings (the gear)',
    'API Provider: OpenAI Compatible',
    `Base URL: ${place.baseUrl}`,
    'API Key: the key of the proxy',
    `Model ID: ${firstModel(place)}`,
    `Model Configuration: context window ${place.models[0]?.contextTokens ?? 200_000}, supports images on`,
  ],
};
