import { type Client, firstModel } from '../client.ts';

/** https://docs.cline.bot/provider-config/openai-compatible; its settings lie in VS Code's own secret storage. */
export const cline: Client = {
  name: 'cline',
  title: 'Cline',
  source: 'https://docs.cline.bot/provider-config/openai-compatible',
  // Its requests carry the AI SDK's name.
  userAgent: /^(cline|ai-sdk\/openai-compatible)/i,
  tried: {
    program: 'The Cline CLI',
    version: '3.0.65',
    on: '2026-11-22',
    did: 'edited a file, told of the proxy by `cline auth --provider openai --baseurl … --apikey … --modelid bedrock-sonnet`; the extension was not tried',
  },
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
