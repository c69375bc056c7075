import { readSignIn } from '../auth/sign-in.ts';
import { changeSetting } from '../config/change-setting.ts';
import { type Loaded, loadSettings } from '../config/load.ts';
import { type CredentialSearch, searchCredentials, tilde } from './found-credentials.ts';
import type { Output } from './output.ts';
import { padded, widthOf } from './table.ts';

/** What this computer has to sign calls with. */
export const search = async (loaded: Loaded): Promise<CredentialSearch> =>
  searchCredentials(loaded, await readSignIn(loaded.paths.state), process.env);

/** One profile with credentials and no other choice is a choice; undefined where a person has to say. */
export function onlyProfile({ found, files }: CredentialSearch): string | undefined {
  const [only, second] = files.profiles.filter(({ kind }) => kind !== 'settings only');
  return found || second ? undefined : only?.name;
}

/** Takes the only profile that there is, and remembers it: AWS's own default would be a profile named `default`. */
export async function adoptOnlyProfile(loaded: Loaded, before: CredentialSearch): Promise<CredentialSearch> {
  const name = onlyProfile(before);
  if (name === undefined) return before;
  await changeSetting(loaded.paths.configFile, 'aws.profile', name);
  const result = await loadSettings();
  if (!result.ok) return before;
  const again = await search(result.loaded);
  return again.found ? { ...again, found: { ...again.found, from: tilde(before.files.config) } } : again;
}

/** Names everything that was looked at, so that nobody wonders what a program did in their home folder. */
export function tellSearch({ looked }: CredentialSearch, output: Output): void {
  output.note('No AWS credentials yet. Checked, on this computer only:');
  const width = Math.max(...looked.map(([what]) => widthOf(what)));
  for (const [what, state] of looked) output.note(`  - ${padded(what, width)}   ${state}`);
  output.note('');
}
