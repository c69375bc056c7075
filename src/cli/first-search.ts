import { readSignIn } from '../auth/sign-in.ts';
import type { Loaded } from '../config/load.ts';
import { type CredentialSearch, searchCredentials } from './found-credentials.ts';
import type { Output } from './output.ts';
import { padded, widthOf } from './table.ts';

/** What this computer has to sign calls with. */
export const search = async (loaded: Loaded): Promise<CredentialSearch> =>
  searchCredentials(loaded, await readSignIn(loaded.paths.state), process.env);

/** Names everything that was looked at, so that nobody wonders what a program did in their home folder. */
export function tellSearch({ looked }: CredentialSearch, output: Output): void {
  output.note('No AWS credentials yet. Checked, on this computer only:');
  const width = Math.max(...looked.map(([what]) => widthOf(what)));
  for (const [what, state] of looked) output.note(`  - ${padded(what, width)}   ${state}`);
  output.note('');
}
