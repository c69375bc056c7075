import type { Command } from 'commander';
import { clientTokenMs } from '../auth/client-token.ts';
import type { IdentityStatus } from '../auth/identity-parts.ts';
import { login } from '../auth/login.ts';
import { openIdentity } from '../auth/open-identity.ts';
import { describeSignIn, forgetSignIn, readSignIn, type SignIn } from '../auth/sign-in.ts';
import { recordsOf } from '../auth/sign-in-records.ts';
import { ProxyError } from '../base/errors.ts';
import { agoText, spanText } from '../base/span-text.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { search } from './first-search.ts';
import { type IdentityRoom, inIdentityRoom } from './identity-room.ts';
import { addLoginFlags, type LoginFlags, loginPerson, loginWish } from './login-flags.ts';
import type { Output } from './output.ts';
import { proveAccess } from './prove-access.ts';
import { readSettings } from './settings.ts';
import { canAsk } from './terminal.ts';

/** `claude-bedrock auth …` */
export function define(command: Command, cli: Cli): void {
  const { output, exit } = cli;
  const done = (text: string) => output.note(`${output.paint('green', '✓')} ${text}`);

  addLoginFlags(command.command('login'))
    .description('sign in; without options as last time')
    .action(async (flags: LoginFlags) => exit(await signIn(flags, output)));

  command
    .command('status')
    .description('show how you are signed in, for how long, and what mends it')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { json?: boolean }) =>
      exit(await inIdentityRoom(output, (room) => status(room, cli, json))),
    );

  command
    .command('refresh')
    .description('renew the sign-in now')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { json?: boolean }) =>
      exit(
        await inIdentityRoom(output, async ({ dir, parts }) => {
          const signIn = await readSignIn(dir);
          const open = openIdentity(signIn, parts);
          try {
            await open.renew();
          } finally {
            // Also after a failure: a new pair may be in memory only, because the store refused it.
            await open.close();
          }
          if (json) output.json({ renewed: true, source: signIn.source, what: describeSignIn(signIn) });
          else done('renewed');
          return exitCodes.ok;
        }),
      ),
    );

  command
    .command('logout')
    .description('revoke the sign-in, delete it, and check that it is gone')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { json?: boolean }) =>
      exit(
        await inIdentityRoom(output, async ({ dir, parts }) => {
          const signIn = await readSignIn(dir);
          const { revoked } = await openIdentity(signIn, parts).signOut();
          await forgetSignIn(dir);
          const what = describeSignIn(signIn);
          if (json) output.json({ signedOut: true, source: signIn.source, what, revoked });
          else if (isNobody(signIn)) output.note('nobody was signed in here');
          else done(`signed out of ${what}${revoked ? ', revoked at the server' : ''}`);
          if (signIn.source === 'aws') output.note('AWS’s own sign-in is not ours to end: aws sso logout');
          return exitCodes.ok;
        }),
      ),
    );

  command
    .command('token')
    .description('print a five-minute token for a tool that can run a helper')
    .option('--key <name>', 'the key it stands for (default: the only one)')
    .option('--json', 'print one JSON object')
    .action(async ({ key, json }: { key?: string; json?: boolean }) =>
      exit(
        await inIdentityRoom(output, async ({ keys, parts }) => {
          const names = (await keys.list()).map(({ name }) => name);
          const only = names.length === 1 ? names[0] : undefined;
          const name = key ?? only;
          if (name === undefined) {
            const fix =
              names.length === 0 ? 'claude-bedrock key create NAME' : `claude-bedrock auth token --key ${names[0]}`;
            output.fail({ error: names.length === 0 ? 'there is no key yet' : 'there are several keys', fix });
            return exitCodes.usage;
          }
          const until = new Date(parts.clock.now() + clientTokenMs).toISOString();
          const token = (await keys.clientToken(name)).reveal();
          if (json) output.json({ token, key: name, expiresAt: until });
          else output.verbatim(token);
          return exitCodes.ok;
        }),
      ),
    );
}

/** Signs in; a person at a terminal then sees at once whether it leads to a model. */
async function signIn(flags: LoginFlags, output: Output): Promise<ExitCode> {
  let what = '';
  const code = await inIdentityRoom(output, async ({ dir, parts }) => {
    const wish = await loginWish(flags, dir, process.env);
    if (parts.vault.kind === 'memory' && recordsOf(wish).length > 0) throw forgetful();
    const { grantType, parameter, subjectTokenType } = flags;
    const signedIn = await login(wish, {
      dir,
      parts,
      person: loginPerson(flags, output),
      device: flags.device === true,
      exchange: { grantType, parameter, subjectTokenType },
    });
    what = describeSignIn(signedIn);
    if (flags.json) output.json({ signedIn: true, source: signedIn.source, what });
    return exitCodes.ok;
  });
  if (code !== exitCodes.ok || flags.json) return code;
  const read = () => readSettings({}, output);
  const loaded = flags.check !== false && canAsk(flags.input === false) ? await read() : undefined;
  if (!loaded || loaded.settings.upstream === 'demo') {
    output.note(`${output.paint('green', '✓')} signed in: ${what}`);
    return code;
  }
  const proven = await proveAccess(read, await search(loaded), output, 'Signed in');
  if (typeof proven === 'number') return proven;
  output.note('\nNext: claude-bedrock serve, or claude-bedrock connect');
  return exitCodes.ok;
}

/** Nothing was chosen by a login: AWS's own chain, as it is found. */
const isNobody = (signIn: SignIn): boolean => signIn.source === 'aws' && signIn.profile === undefined;

const forgetful = (): ProxyError =>
  new ProxyError('invalid_request', 'The vault "memory" forgets the sign-in as soon as this command ends.', {
    fix: 'CLAUDE_BEDROCK_VAULT=file claude-bedrock auth login, or leave CLAUDE_BEDROCK_VAULT away for the keyring',
  });

async function status({ dir, parts }: IdentityRoom, { output }: Cli, json: boolean | undefined) {
  const signIn = await readSignIn(dir);
  const open = openIdentity(signIn, parts);
  const found = await open.status().finally(() => open.close());
  const shadow = signIn.source !== 'aws' ? shadows(process.env) : [];
  if (json) {
    const expiresAt = found.expiresAt === undefined ? null : new Date(found.expiresAt).toISOString();
    const { what, state, renewable, fix } = found;
    output.json({
      source: signIn.source,
      what,
      state,
      expiresAt,
      renewable,
      vault: parts.vault.kind,
      fix: fix ?? null,
      shadow,
    });
  } else {
    output.result(`sign-in   ${found.what}`);
    output.result(`state     ${stateText(found, parts.clock.now())}`);
    output.result(`vault     ${parts.vault.kind}`);
    for (const name of shadow) output.warn(`${name} is set, and is not used while you are signed in here`);
    if (found.fix !== undefined) output.note(`${output.paint('green', 'fix:')} ${found.fix}`);
  }
  return found.state === 'signed-in' ? exitCodes.ok : exitCodes.signInNeeded;
}

/** Variables a person may believe to be in force. */
const shadows = (env: NodeJS.ProcessEnv): string[] =>
  ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_ACCESS_KEY_ID', 'AWS_PROFILE'].filter((name) => (env[name] ?? '') !== '');

function stateText({ state, expiresAt, renewable }: IdentityStatus, now: number): string {
  if (state === 'signed-out') return 'signed out';
  if (state === 'ended') return expiresAt === undefined ? 'ended' : `ended ${agoText(now - expiresAt)}`;
  const until = expiresAt === undefined ? 'no end known' : `${spanText(Math.max(0, expiresAt - now))} left`;
  return `signed in, ${until}${renewable ? ', renewed by itself' : ''}`;
}
