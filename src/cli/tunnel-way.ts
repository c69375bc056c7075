import { findProgram } from '../connect/find-program.ts';
import { ownAddress } from '../connect/public-url.ts';
import { type TunnelProgram, tunnelPrograms } from '../connect/tunnel-programs.ts';
import { askChoice } from './ask.ts';
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
  const found = wanted.flatMap((program) => {
    const path = findProgram(program.name);
    const title = `${program.title} (${program.stable ? 'its name stays' : 'new URL at each start'})`;
    return path === undefined ? [] : [{ title, way: { kind: 'program', name: program.name, program, path } as const }];
  });
  const [first] = found;
  if (!first) return noProgram(wanted, output);
  if (found.length === 1 || !canAsk(flags.input === false)) return first.way;
  const number = await askChoice(
    'Reach the proxy by',
    found.map(({ title }) => title),
  );
  return found[number]?.way ?? first.way;
}

function noProgram(wanted: readonly TunnelProgram[], output: Output): ExitCode {
  output.fail({
    error: 'there is no tunnel program on this computer',
    cause: `looked for ${wanted.map(({ name }) => name).join(', ')} on PATH`,
    fix: 'install cloudflared (no account needed), or give your own address with --url https://…',
  });
  for (const { title, install } of wanted) output.note(`  ${title.padEnd(24)} ${install}`);
  output.note('  Cursor’s own Bedrock setting needs no tunnel, if you may give it access keys or a role:');
  output.note('  https://cursor.com/docs/customizing/aws-bedrock');
  return exitCodes.failed;
}
