import type { Client } from '../client.ts';

/** Cursor is another matter: `cursor install` does what it needs. */
export const cursor: Client = {
  name: 'cursor',
  title: 'Cursor',
  source: 'https://docs.cursor.com/settings/api-keys',
  userAgent: /cursor/i,
  dialect: 'chat',
  steps: () => ['claude-bedrock cursor install'],
};
