import { type Client, keyVariable, type Place } from '../client.ts';

/** https://www.librechat.ai/docs/quick_start/custom_endpoints */
export const librechat: Client = {
  name: 'librechat',
  title: 'LibreChat',
  source: 'https://www.librechat.ai/docs/quick_start/custom_endpoints',
  dialect: 'chat',
  file: {
    format: 'yaml',
    // It stands in LibreChat's own folder, wherever that is: run the command there, or name the file with --file.
    places: () => ['librechat.yaml'],
    edits: (place) => [
      { at: ['version'], value: '1.3.6' },
      {
        at: ['endpoints', 'custom'],
        key: 'name',
        item: {
          name: 'claude-bedrock',
          apiKey: `\${${keyVariable}}`,
          baseURL: fromContainer(place),
          models: { default: place.models.map(({ name }) => name), fetch: true },
          titleConvo: true,
          titleModel: 'bedrock-haiku',
          modelDisplayLabel: 'Bedrock',
        },
      },
    ],
  },
  steps: (place) => [
    `put the key into LibreChat’s .env as ${keyVariable}=…`,
    `in Docker: let the proxy answer to its name there: listen.hosts = ["${new URL(fromContainer(place)).host}"]`,
    'without Docker: replace host.docker.internal by 127.0.0.1 in the file',
    'restart LibreChat',
  ],
};

/** Inside a container 127.0.0.1 is the container itself. */
export const fromContainer = ({ baseUrl }: Place): string =>
  baseUrl.replace(/\/\/(127\.0\.0\.1|localhost)/, '//host.docker.internal');
