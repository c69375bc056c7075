import { findProgram } from '../connect/find-program.ts';
import { ownAddress } from '../connect/public-url.ts';
import { type TunnelProgram, tunnelPrograms } from '../connect/tunnel-programs.ts';
import { askLine } from './ask.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { canAsk } from './terminal.ts';

/** How the public name leads to the proxy. */
export type Way =
  | { kind: 'own'; name: 'own'; publicUrl: string }
  | { kind: 'program'; name: TunnelProgram['name']; program: TunnelProgram; path: string };

export type WayFlags = { url?: string; with?: string; input?: boolean };

/** The person's own address, the program they name, or one of those that are installed. */
export async function chooseWay(flags: WayFlags, output: Output): Promise<Way | ExitCode> {
  if (flags.url !== undefined) {
    const own = ownAddress(flags.url);
    if ('publicUrl' in own) return { kind: 'own', name: 'own', publicUrl: own.publicUrl };
    output.fail({ error: own.fault.what, cause: own.fault.cause, fix: own.fault.fix });
    return exitCodes.usage;
  }
  const named = flags.with;
  if (named !== undefined && !tunnelPrograms.some(({ name }) => name === named)) {
    const known = tunnelPrograms.map(({ name }) => name).join(', ');
    output.fail({
      error: `there is no tunnel program "${named}"`,
      cause: `known are ${known}`,
      fix: '--with cloudflared',
    });
    return exitCodes.usage;
  }
  const wanted = tunnelPrograms.filter(({ name }) => named === undefined || name === named);
  const found = wanted.flatMap((program): Program[] => {
    const path = findProgram(program.name);
    return path === undefined ? [] : [{ kind: 'program', name: program.name, program, path }];
  });
  const [first, second] = found;
  const asks = canAsk(flags.input === false) && named === undefined;
  if (asks) return askWay(found, output);
  if (!first) return noProgram(wanted, output);
  if (second) output.note(`${first.name} is taken; another: --with ${second.name}`);
  return first;
}

type Program = Extract<Way, { kind: 'program' }>;

/** What is there, what could be, and the way without any tunnel. */
async function askWay(found: readonly Program[], output: Output): Promise<Way | ExitCode> {
  const { isCancel, select } = await import('@clack/prompts');
  if (found.length === 0) {
    output.note('No tunnel program is on this computer. Any of these will do:');
    tellInstalls(tunnelPrograms, output);
  }
  const answer = await select({
    message: 'Reach it by',
    withGuide: false,
    showInstructions: false,
    options: [
      ...found.map(({ name, program: { title, stable } }) => ({
        value: String(name),
        label: `${title} (found, ${stable ? 'stable URL' : 'new URL at each start'})`,
      })),
      { value: 'own', label: 'my own https address' },
      { value: 'skip', label: 'skip: use Cursor’s own Bedrock setting instead' },
    ],
  });
  if (isCancel(answer)) return exitCodes.interrupted;
  if (answer === 'own') return askAddress(output);
  if (answer === 'skip') {
    tellOwnSetting(output);
    return exitCodes.ok;
  }
  return found.find(({ name }) => name === answer) ?? exitCodes.failed;
}

async function askAddress(output: Output): Promise<Way> {
  for (;;) {
    const own = ownAddress(await askLine('Your https address'));
    if ('publicUrl' in own) return { kind: 'own', name: 'own', publicUrl: own.publicUrl };
    output.fail({ error: own.fault.what, cause: own.fault.cause, fix: 'type one such as https://proxy.example.com' });
  }
}

function noProgram(wanted: readonly TunnelProgram[], output: Output): ExitCode {
  output.fail({
    error: 'there is no tunnel program on this computer',
    cause: `looked for ${wanted.map(({ name }) => name).join(', ')} on PATH`,
    fix: 'install cloudflared (no account needed), or give your own address with --url https://…',
  });
  tellInstalls(wanted, output);
  tellOwnSetting(output);
  return exitCodes.failed;
}

function tellInstalls(programs: readonly TunnelProgram[], output: Output): void {
  for (const { title, install } of programs) output.note(`  ${title.padEnd(24)} ${install}`);
}

function tellOwnSetting(output: Output): void {
  output.note('  Cursor’s own Bedrock setting needs no tunnel, if you may give it access keys or a role:');
  output.note('  https://cursor.com/docs/customizing/aws-bedrock');
}
