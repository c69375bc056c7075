import type { Client, Place } from '../src/connect/client.ts';
import { clients } from '../src/connect/client-list.ts';

/** Each client's page below docs/clients; Cursor's is written by hand. */
export function clientPages(): { name: string; text: string }[] {
  return clients.filter(({ name }) => name !== 'cursor').map((client) => ({ name: client.name, text: pageOf(client) }));
}

const place: Place = {
  root: 'http://127.0.0.1:4141',
  baseUrl: 'http://127.0.0.1:4141/v1',
  models: [{ name: 'bedrock-sonnet', title: 'Claude Sonnet', contextTokens: 200_000, maxOutputTokens: 64_000 }],
};

const dialects = {
  chat: 'Chat Completions ([field by field](openai-chat.md))',
  responses: 'Responses ([field by field](openai-responses.md))',
  messages: 'Messages ([field by field](anthropic-messages.md))',
} as const;

function pageOf(client: Client): string {
  const { name, title, source, dialect, notes = [] } = client;
  return `# ${title}

<!-- Written by \`npm run docs\` from src/connect/clients: change it there. -->

\`\`\`console
claude-bedrock connect ${name}
\`\`\`

It speaks ${dialects[dialect]}. The settings below come from
[its own documentation](${source});
they were not tried with the program itself, only with requests of its shape.
${fileText(client)}
## ${client.file ? 'The rest' : 'What to do'}

${stepsText(client.steps(place))}
The key: \`connect\` makes one for this client alone, where there is a vault; \`claude-bedrock key show ${name}\` prints it,
\`claude-bedrock key revoke ${name}\` ends it. \`claude-bedrock connect ${name} --wait\` waits for the first request and says
what it saw.
${notes.length === 0 ? '' : `\n## Good to know\n\n${notes.map((note) => `- ${note}\n`).join('')}`}`;
}

function fileText({ name, file }: Client): string {
  if (!file) return '';
  const home = { env: {}, platform: 'linux', home: '~' } as const;
  const lines = file
    .edits(place, home)
    .map((edit) => `${edit.at.join('.')} = ${JSON.stringify('item' in edit ? [edit.item] : edit.value)}`);
  return `
## What it writes

\`${file.places(home)[0]}\`, after it has shown the difference and asked. Comments and everything else in the file stay;
\`claude-bedrock connect ${name} --undo\` brings the old text back, \`--dry-run\` writes nothing. No key goes into the file.

\`\`\`text
${lines.join('\n')}
\`\`\`
`;
}

/** Steps that are lines of JSON stand in a block of their own. */
function stepsText(steps: readonly string[]): string {
  const isJson = (line: string): boolean => /^\s*[[\]{}]|^\s+"/.test(line);
  const json = steps.filter(isJson);
  const words = steps.filter((line) => !isJson(line)).map((line) => `- ${line}\n`);
  return json.length === 0 ? words.join('') : `${words.join('')}\n\`\`\`json\n${json.join('\n')}\n\`\`\`\n`;
}
