import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '../connect/find-program.ts';
import type { CredentialSearch } from './found-credentials.ts';
import type { Output } from './output.ts';

/** How a person without credentials goes on. */
export type Way =
  | { kind: 'demo' }
  | { kind: 'profile'; name: string }
  | { kind: 'sign-in'; run(output: Output): Promise<void> };

/** Asks; undefined when the person pressed Ctrl+C. */
export async function chooseWay({ files }: CredentialSearch): Promise<Way | undefined> {
  const { isCancel, select } = await import('@clack/prompts');
  const profiles = files.profiles.filter(({ kind }) => kind !== 'settings only');
  const answer = await select({
    message: 'What would you like to do?',
    withGuide: false,
    showInstructions: false,
    options: [
      ...profiles.map(({ name, kind }) => option(`profile ${name}`, `Use AWS profile ${name}`, kind)),
      option('demo', 'Try it now with a demo model', 'no account, no cost, canned answers'),
      option('console', 'Sign in with my AWS console', 'runs `aws login` (needs AWS CLI 2.32+)'),
      option('sso', 'Use company SSO', 'your company’s AWS start page, in the browser'),
      option('key', 'Paste a Bedrock API key', 'hidden input, kept in the OS keychain'),
      option('guide', 'I have no AWS account', 'opens a 3-step guide'),
    ],
  });
  if (isCancel(answer)) return undefined;
  if (answer.startsWith('profile ')) return { kind: 'profile', name: answer.slice('profile '.length) };
  return ways[answer] ?? { kind: 'demo' };
}

/** Every option tells what it means, not only the one under the cursor. */
const option = (value: string, label: string, hint: string) => ({ value, label: `${label.padEnd(30)}   ${hint}` });

const ways: Readonly<Record<string, Way>> = {
  demo: { kind: 'demo' },
  console: { kind: 'sign-in', run: awsLogin },
  sso: { kind: 'sign-in', run: () => login('identity-center') },
  key: { kind: 'sign-in', run: () => login('bedrock-key') },
  guide: { kind: 'sign-in', run: async (output) => output.note(guide) },
};

const guide = `
1  Make an account:        https://aws.amazon.com/free   (a card is asked for; new accounts get credits)
2  Say what you use it for: https://console.aws.amazon.com/bedrock/home#/model-catalog   (once for Claude, granted at once)
3  Sign in from here:      aws login   or paste a Bedrock API key, both in the list below
`;

async function awsLogin(output: Output): Promise<void> {
  if (!findProgram('aws')) {
    output.fail({
      error: 'the AWS CLI is not installed',
      fix: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or choose another way',
    });
    return;
  }
  const child = spawn('aws', ['login'], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) output.fail({ error: '`aws login` failed', fix: 'aws --version: it needs 2.32 or newer' });
}

/** Our own sign-in, as the command does it; what goes wrong it tells itself. */
async function login(source: string): Promise<void> {
  const { run } = await import('./program.ts');
  // The store is opened before the key is asked for; what is pasted in that second must not show on the screen.
  if (source === 'bedrock-key') process.stdin.setRawMode(true);
  try {
    await run(['auth', 'login', '--source', source, '--no-check']);
  } finally {
    process.stdin.setRawMode(false);
  }
}

/** Asks for a Region; undefined when the person pressed Ctrl+C. */
export async function chooseRegion(): Promise<string | undefined> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const regions = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-1', 'ap-northeast-1', 'ap-southeast-2'];
  const answer = await select({
    message: 'Which AWS Region? (where your company enabled Bedrock; us-east-1 has most models)',
    withGuide: false,
    options: [...regions.map((value) => ({ value })), { value: 'other' }],
  });
  if (isCancel(answer)) return undefined;
  if (answer !== 'other') return answer;
  const typed = await text({
    message: 'AWS Region',
    placeholder: 'eu-north-1',
    validate: (value) => (/^[a-z]{2}(-[a-z]+)+-\d$/.test(value ?? '') ? undefined : 'a Region such as eu-north-1'),
  });
  return isCancel(typed) ? undefined : typed;
}
