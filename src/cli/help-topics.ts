import { placesOf } from '../config/check.ts';
import { settingsSchema } from '../config/schema.ts';
import { rowsText } from './table.ts';

const exits: readonly (readonly [string, string])[] = [
  ['0', 'done; for serve: stopped by SIGTERM, after every answer had its end'],
  ['1', 'failed'],
  ['2', 'the command line is wrong, or a question could not be asked'],
  ['3', 'the configuration is wrong; file and line are told'],
  ['4', 'a sign-in is needed; the command is told'],
  ['5', 'AWS refused or throttled'],
  ['130', 'interrupted by Ctrl+C'],
];

/** Variables that stand for no setting. */
const others: readonly (readonly [string, string])[] = [
  ['CLAUDE_BEDROCK_HOME', 'the folder of the configuration and of everything that is remembered'],
  ['CLAUDE_BEDROCK_CONFIG', 'the configuration file'],
  ['CLAUDE_BEDROCK_API_KEY', 'the key that clients must send, for containers and CI'],
  ['CLAUDE_BEDROCK_API_KEY_FILE', 'a file with that key, e.g. a container’s secret'],
  ['CLAUDE_BEDROCK_NO_UPDATE_CHECK', 'any value: never ask the npm registry for a newer version'],
  ['NO_COLOR, FORCE_COLOR', 'no colours; colours also where there is no terminal'],
  ['AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID …', 'as in the AWS SDK'],
  ['AWS_BEARER_TOKEN_BEDROCK', 'a Bedrock API key; it wins over every profile'],
  ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'another address of Bedrock Runtime'],
  ['HTTPS_PROXY, NO_PROXY', 'the proxy on the way to AWS'],
  ['NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE', 'your company’s certificates'],
];

const variables = (): (readonly [string, string])[] =>
  placesOf(settingsSchema).flatMap(({ path, setting }) =>
    setting.env === undefined ? [] : [[setting.env, `the setting ${path}`] as const],
  );

/** What `claude-bedrock help TOPIC` prints. */
export const helpTopics: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes\n\n${rowsText(exits)}`,
  environment: `Environment. A flag wins over a variable, that over the configuration file.\n\n${rowsText([...others.slice(0, 2), ...variables(), ...others.slice(2)])}`,
};
