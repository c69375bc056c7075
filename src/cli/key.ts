import { type Command, Option } from 'commander';
import type { KeyFacts } from '../auth/local-keys.ts';
import { ProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { spanText } from '../base/span-text.ts';
import type { Cli } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { type IdentityRoom, inIdentityRoom } from './identity-room.ts';
import { editorKey } from './own-key.ts';
import { parseSpan } from './span.ts';

type CreateFlags = { scope: 'inference' | 'admin'; model?: string[]; expires?: string; json?: boolean };

/** `claude-bedrock key …` */
export function define(command: Command, { output, exit }: Cli): void {
  const run = async (work: (room: IdentityRoom) => Promise<void>) =>
    exit(
      await inIdentityRoom(output, async (room) => {
        await work(room);
        return exitCodes.ok;
      }),
    );

  const showNew = (key: Secret, facts: KeyFacts, json: boolean | undefined): void => {
    if (json) {
      output.json({ key: key.reveal(), ...factsJson(facts) });
      return;
    }
    output.verbatim(key.reveal());
    output.note(
      `${output.paint('green', '✓')} key "${facts.name}" (${facts.scope}) is ready; see it again: claude-bedrock key show ${facts.name}`,
    );
  };

  command
    .command('create <name>')
    .description('make a key for one of your tools')
    .addOption(
      new Option('--scope <scope>', 'inference, or admin for operations and the dashboard too')
        .choices(['inference', 'admin'])
        .default('inference'),
    )
    .option('--model <name...>', 'models the key may use (default: all)')
    .option('--expires <span>', 'how long it lives, e.g. 30d (default: until revoked)')
    .option('--json', 'print one JSON object')
    .action((name: string, { scope, model, expires, json }: CreateFlags) =>
      run(async ({ keys }) => {
        const lifeMs = expires === undefined ? undefined : parseSpan(expires, '--expires');
        const { key, facts } = await keys.create({
          name,
          scope,
          models: model,
          lifeMs,
        });
        showNew(key, facts, json);
      }),
    );

  command
    .command('list')
    .description('list the keys, without their secrets')
    .option('--json', 'print one JSON object')
    .action(({ json }: { json?: boolean }) =>
      run(async ({ keys, parts }) => {
        const all = await keys.list();
        if (json) return output.json({ keys: all.map(factsJson) });
        if (all.length === 0) return output.note('no keys yet: claude-bedrock key create NAME');
        for (const facts of all) output.result(rowOf(facts, parts.clock.now()));
      }),
    );

  command
    .command('show [name]')
    .description('print a key again, from the vault (default: your editors’, or the only one)')
    .option('--json', 'print one JSON object')
    .action((given: string | undefined, { json }: { json?: boolean }) =>
      run(async ({ keys }) => {
        const name = given ?? usual(await keys.list());
        const key = (await keys.show(name)).reveal();
        if (json) output.json({ key, name });
        else output.verbatim(key);
      }),
    );

  command
    .command('rotate <name>')
    .description('replace a key by a new one')
    .option('--grace <span>', 'how long the old one still counts, e.g. 10m', '0')
    .option('--json', 'print one JSON object')
    .action((name: string, { grace, json }: { grace: string; json?: boolean }) =>
      run(async ({ keys }) => {
        const { key, facts } = await keys.rotate(name, parseSpan(grace, '--grace'));
        showNew(key, facts, json);
      }),
    );

  command
    .command('revoke <name>')
    .description('end a key and all tokens made from it, at once')
    .option('--json', 'print one JSON object')
    .action((name: string, { json }: { json?: boolean }) =>
      run(async ({ keys }) => {
        await keys.revoke(name);
        if (json) output.json({ revoked: true, name });
        else output.note(`${output.paint('green', '✓')} key "${name}" is revoked`);
      }),
    );
}

/** The key that is meant when none is named. */
function usual(all: readonly KeyFacts[]): string {
  const [only, second] = all;
  if (all.some(({ name }) => name === editorKey)) return editorKey;
  if (only && !second) return only.name;
  throw new ProxyError('invalid_request', only ? 'There are several keys: which one?' : 'There is no key yet.', {
    fix: only ? `claude-bedrock key show ${only.name}` : 'claude-bedrock key create editor',
  });
}

function factsJson({ id, name, scope, models, createdAt, expiresAt, state, graceEndsAt }: KeyFacts): JsonObject {
  const time = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
  return {
    id,
    name,
    scope,
    models: models ? [...models] : null,
    state,
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    graceEndsAt: time(graceEndsAt),
  };
}

function rowOf({ id, name, scope, models, expiresAt, state, graceEndsAt }: KeyFacts, now: number): string {
  const life =
    expiresAt === undefined ? 'until revoked' : state === 'expired' ? 'expired' : `${spanText(expiresAt - now)} left`;
  const grace = graceEndsAt === undefined ? '' : `   old key counts ${spanText(graceEndsAt - now)} more`;
  const may = models?.join(', ') ?? 'all models';
  return `${name.padEnd(20)} ${id}   ${scope.padEnd(10)} ${may.padEnd(24)} ${life}${grace}`;
}
