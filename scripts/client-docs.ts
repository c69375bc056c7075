import type { Client, Place, Trial } from '../src/connect/client.ts';
import { clients } from '../src/connect/client-list.ts';
import { type OtherClient, otherClients } from './other-clients.ts';
import { clients as triedAgain } from './test-clients/clients.ts';

/** Each client's page below docs/clients, and the page of those without one; Cursor's is written by hand. */
export function clientPages(): { name: string; text: string }[] {
  const own = clients.filter(({ name }) => name !== 'cursor');
  return [
    ...own.map((client) => ({ name: client.name, text: pageOf(client) })),
    { name: 'others', text: othersPage() },
  ];
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
  const { name, title, source, dialect, tried, notes = [] } = client;
  return `# ${title}

<!-- Written by \`npm run docs\` from src/connect/clients: change it there. -->

\`\`\`console
claude-bedrock connect ${name}
\`\`\`

It speaks ${dialects[dialect]}. The settings below come from
[its own documentation](${source}).
${tried ? trialText(title, tried) : 'They were not tried with the program itself, only with requests of its shape.'}
${fileText(client)}
## ${client.file ? 'The rest' : 'What to do'}

${stepsText(client.steps(place))}
The key: \`connect\` makes one for this client alone, where there is a vault; \`claude-bedrock key show ${name}\` prints it,
\`claude-bedrock key revoke ${name}\` ends it. \`claude-bedrock connect ${name} --wait\` waits for the first request and says
what it saw.
${notes.length === 0 ? '' : `\n## Good to know\n\n${notes.map((note) => `- ${note}\n`).join('')}`}`;
}

function trialText(title: string, tried: Trial): string {
  const again = isTriedAgain(tried) ? '\n`npm run test:clients` lets it edit a file again.' : '';
  const { program = title, version, on, did } = tried;
  return `${program} ${version} was tried on the [demo upstream](../demo.md) on ${on}: it ${did}.${again}`;
}

const isTriedAgain = (trial: Trial): boolean => triedAgain.some(({ tried }) => tried === trial);

function othersPage(): string {
  const row = ({ title, setting, tried, goodToKnow = '' }: OtherClient): string =>
    `| ${title} | ${setting} | ${tried ? trialCell(tried) : 'no'} | ${goodToKnow} |`;
  return `# Other clients

<!-- Written by \`npm run docs\` from scripts/other-clients.ts: change it there. -->

These have no page of their own. The column “tried” tells what the program itself did through the proxy, on the
[demo upstream](../demo.md); what the others send is known from their source and covered by tests with requests of that shape.

| client | setting | tried | good to know |
| --- | --- | --- | --- |
${otherClients.map(row).join('\n')}

For anything else: the base URL is \`http://127.0.0.1:4141/v1\` for what speaks OpenAI, \`http://127.0.0.1:4141\` for what
speaks Anthropic, and the key is what \`claude-bedrock key create\` prints.
`;
}

function trialCell(tried: Trial): string {
  const { program, version, on, did } = tried;
  const again = isTriedAgain(tried) ? '; `npm run test:clients` does so again' : '';
  return `${program ? `${program} ` : ''}${version}, ${on}: ${did}${again}`;
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
