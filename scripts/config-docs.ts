import { isSection, isSetting, takes } from '../src/config/check.ts';
import { settingsSchema } from '../src/config/schema.ts';
import type { Section, Setting } from '../src/config/setting.ts';

type AnySection = Section<Record<string, unknown>>;

/** The text of docs/config.md. */
export function configDocs(): string {
  return `${head}\n${sectionText(settingsSchema, '')}`;
}

const head = `# Configuration

<!-- Written by \`npm run docs\` from src/config/schema.ts: change it there. -->

A flag wins over the environment, that over the file, that over the default. The file is TOML:

| system | file |
|---|---|
| Linux | \`~/.config/claude-bedrock/config.toml\` (\`XDG_CONFIG_HOME\`) |
| macOS | \`~/Library/Application Support/claude-bedrock/config.toml\` |
| Windows | \`%APPDATA%\\claude-bedrock\\config.toml\` |
| anywhere | \`CLAUDE_BEDROCK_HOME\` holds it and everything that is remembered; \`CLAUDE_BEDROCK_CONFIG\` names the file alone |

A name that is not listed here is an error with its line, never ignored. The key that clients must send is not a setting:
it comes from \`CLAUDE_BEDROCK_API_KEY\`, or is made at the start and printed once. AWS's own variables (\`AWS_REGION\`,
\`AWS_PROFILE\`, \`AWS_ACCESS_KEY_ID\` …, \`AWS_BEARER_TOKEN_BEDROCK\`, \`AWS_ENDPOINT_URL_BEDROCK_RUNTIME\`, \`HTTPS_PROXY\`,
\`NO_PROXY\`, \`AWS_CA_BUNDLE\`, \`NODE_EXTRA_CA_CERTS\`) mean what they mean to the AWS SDK.

\`\`\`toml
[listen]
port = 4242

[aws]
profile = "work"
region = "eu-central-1"

[models.aliases]
fast = "bedrock-haiku"
\`\`\`
`;

function sectionText({ description, members }: AnySection, path: string): string {
  const settings = Object.entries(members).flatMap(([name, member]) =>
    isSetting(member) ? [row(path === '' ? name : `${path}.${name}`, member)] : [],
  );
  const below = Object.entries(members).flatMap(([name, member]) =>
    isSection(member) ? [sectionText(member, path === '' ? name : `${path}.${name}`)] : [],
  );
  const title = path === '' ? '## At the top of the file' : `## \`[${path}]\`\n\n${description}`;
  const table = ['| setting | takes | default | what it does |', '|---|---|---|---|', ...settings].join('\n');
  return `${title}\n\n${table}\n${below.map((text) => `\n${text}`).join('')}`;
}

function row(path: string, setting: Setting<unknown>): string {
  const { initial, env, description } = setting;
  const preset = initial === undefined || JSON.stringify(initial) === '{}' ? '–' : `\`${JSON.stringify(initial)}\``;
  const variable = env === undefined ? '' : ` Also \`${env}\`.`;
  return `| \`${path}\` | ${takes(setting)} | ${preset} | ${description}${variable} |`;
}
