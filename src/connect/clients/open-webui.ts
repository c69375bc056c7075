import type { Client } from '../client.ts';
import { fromContainer } from './librechat.ts';

/** https://docs.openwebui.com; connections lie in its own database. */
export const openWebui: Client = {
  name: 'openwebui',
  title: 'Open WebUI',
  source: 'https://docs.openwebui.com',
  tried: {
    version: '0.12.4',
    on: '2026-11-22',
    did: 'listed the models, chatted with and without streaming, made a title, and searched a document by `bedrock-embed`',
  },
  dialect: 'chat',
  steps: (place) => [
    'Admin Panel > Settings > Connections > OpenAI API > +',
    `URL: ${fromContainer(place)}   (without Docker: ${place.baseUrl})`,
    'Key: the key of the proxy; leave the model list empty, all are found',
    `in Docker: let the proxy answer to that name: listen.hosts = ["${new URL(fromContainer(place)).host}"]`,
    'in a new container: OPENAI_API_BASE_URL and OPENAI_API_KEY do the same',
  ],
  notes: ['Open WebUI drops structured reasoning between turns; the proxy gives it back to the model by itself.'],
};
