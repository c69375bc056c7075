import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { changeSetting } from '../config/change-setting.ts';
import type { Loaded } from '../config/load.ts';
import { findProgram } from '../connect/find-program.ts';
import { checkAccess, waitForAccess } from './check-access.ts';
import { type CheckRow, exitOfRows, rowText } from './check-row.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { chooseRegion } from './first-choice.ts';
import { search } from './first-search.ts';
import type { CredentialSearch } from './found-credentials.ts';
import { withOwnProxy } from './local-proxy.ts';
import type { Output } from './output.ts';

/**
 * Proves a sign-in to a person at a terminal: who it is, the Region (asked for when there is none), the models, the quota
 * and a real request, each told at once. Gives the settings that it worked with, or the exit code of the first failure.
 */
export async function proveAccess(
  read: () => Promise<Loaded | undefined>,
  found: CredentialSearch,
  output: Output,
  opening?: string,
): Promise<Loaded | ExitCode> {
  const before = await read();
  if (!before) return exitCodes.badConfig;
  if (!found.region) {
    const region = await chooseRegion();
    if (region === undefined) return exitCodes.interrupted;
    await changeSetting(before.paths.configFile, 'aws.region', region);
  }
  await offerRenewal(found, output);
  const loaded = (await read()) ?? before;
  const now = await search(loaded);
  const sought = found.found ? { ...now, found: now.found && { ...now.found, from: found.found.from } } : now;
  const tell = (row: CheckRow) => output.result(rowText(row, output));
  const rows = await withOwnProxy(loaded, async (proxy) => {
    const checked = await checkAccess(loaded, sought, proxy, tell, opening);
    const refused = exitOfRows(checked) === exitCodes.upstreamRefused;
    return refused ? waitForAccess(loaded, proxy, checked, tell) : checked;
  });
  const code = exitOfRows(rows);
  return code === exitCodes.ok ? loaded : code;
}

/** An SSO profile whose sign-in is over needs one command of AWS's own, which can be run from here. */
async function offerRenewal({ found }: CredentialSearch, output: Output): Promise<void> {
  const words = found?.renew?.split(' ') ?? [];
  const over = found?.endsAt === undefined || found.endsAt <= Date.now();
  if (!over || words[0] !== 'aws' || !findProgram('aws')) return;
  const { confirm } = await import('@clack/prompts');
  const message = `Nobody is signed in to ${found?.what}. Run \`${words.join(' ')}\` now?`;
  const yes = await confirm({ message, withGuide: false });
  if (yes !== true) return;
  const [code] = await once(spawn('aws', words.slice(1), { stdio: 'inherit' }), 'exit');
  if (code !== 0) output.warn(`\`${words.join(' ')}\` ended with exit code ${code}`);
}
