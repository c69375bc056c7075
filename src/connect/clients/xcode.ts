import type { Client } from '../client.ts';

/** Xcode 26 and newer; it asks for the models by itself. */
export const xcode: Client = {
  name: 'xcode',
  title: 'Xcode',
  source: 'https://developer.apple.com/documentation/xcode/writing-code-with-intelligence-in-xcode',
  dialect: 'chat',
  steps: ({ root }) => [
    'Xcode > Settings > Intelligence > Add a Model Provider…',
    'Internet Hosted (the other kind has no field for a key)',
    `URL: ${root}   (without /v1: Xcode appends it)`,
    'API Key Header: x-api-key     API Key: the key of the proxy',
    'Description: claude-bedrock; then switch on the models that you want',
  ],
  notes: [
    'Xcode shows thinking only as text: reasoning.display = "think" in the proxy’s configuration makes it visible.',
  ],
};
