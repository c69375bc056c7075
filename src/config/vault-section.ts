import { choice, optionalText, section } from './setting.ts';

/** Where secrets are kept. */
export const vault = section('The store for secrets.', {
  store: choice(['keyring', 'file', 'memory'], {
    initial: 'keyring',
    env: 'CLAUDE_BEDROCK_VAULT',
    description:
      'Where tokens and keys are kept: the system’s `keyring`, an encrypted `file`, or `memory` until the program ends.',
  }),
  passphraseFile: optionalText({
    env: 'CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE',
    description: 'A file with the passphrase of the `file` vault, for services. Absent: it is asked for.',
  }),
});
