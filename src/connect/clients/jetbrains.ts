import { type Client, firstModel } from '../client.ts';

/** https://www.jetbrains.com/help/ai-assistant/bring-your-own-key-byok.html; the key goes into the IDE's password safe. */
export const jetbrains: Client = {
  name: 'jetbrains',
  title: 'JetBrains AI Assistant',
  source: 'https://www.jetbrains.com/help/ai-assistant/bring-your-own-key-byok.html',
  dialect: 'chat',
  steps: (place) => [
    'Settings > Tools > AI Assistant > Providers & API keys (older: Models & API Keys > Third-party AI providers)',
    'Provider: OpenAI-compatible',
    `URL: ${place.baseUrl}`,
    'Key: the key of the proxy',
    `Model: ${firstModel(place)}; press Test Connection, switch tool calling on, then Apply`,
  ],
  notes: ['It sends no name of its own, so the proxy lists it under its HTTP library’s name.'],
};
