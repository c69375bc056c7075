/** A text and everything in it that a detector should find. Every value is made up, or published as an example. */
export type Sample = { text: string; holds: readonly { kind: string; value: string }[] };

const b62 = (length: number, seed: number): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let state = seed;
  let text = '';
  while (text.length < length) {
    state = (state * 1103515245 + 12345) % 2147483648;
    text += alphabet[Math.floor(state / 65536) % 62];
  }
  return text;
};

/** A text whose `%` is the value. */
const holds = (kind: string, value: string, ...texts: string[]): Sample[] =>
  texts.map((text) => ({ text: text.replace('%', () => value), holds: [{ kind, value }] }));
const clean = (...texts: string[]): Sample[] => texts.map((text) => ({ text, holds: [] }));

// The values are put together here, so that no scanner of this repository takes them for real ones.
const pem = (kind: string) =>
  `-----BEGIN ${kind}-----\n${b62(64, 7)}\n${b62(64, 8)}\n${b62(40, 9)}==\n-----END ${kind}-----`;

const secrets: Sample[] = [
  ...holds(
    'AWS_ACCESS_KEY',
    `AKIA${'IOSFODNN7EXAMPLE'}`,
    'aws_access_key_id = %',
    'export AWS_ACCESS_KEY_ID=%',
    '{"accessKeyId":"%"}',
  ),
  ...holds('AWS_ACCESS_KEY', `ASIA${'Y34FZKBOKMUTVV7A'}`, 'AccessKeyId: %'),
  ...holds(
    'AWS_SECRET_KEY',
    `wJalrXUtnFEMI/K7MDENG/${'bPxRfiCYEXAMPLEKEY'}`,
    'aws_secret_access_key = %',
    '"SecretAccessKey": "%"',
    'AWS_SECRET_ACCESS_KEY=%',
  ),
  ...holds('BEDROCK_KEY', `ABSK${b62(128, 1)}`, 'AWS_BEARER_TOKEN_BEDROCK=%', 'my key is % and it fails'),
  ...holds('BEDROCK_KEY', `bedrock-api-key-${b62(80, 2)}`, 'token: %'),
  ...holds('JWT', `eyJ${b62(20, 3)}.eyJ${b62(40, 4)}.${b62(43, 5)}`, 'cookie: session=%; path=/', '"id_token": "%"'),
  ...holds('PRIVATE_KEY', pem('PRIVATE KEY'), 'deploy.key:\n%\n'),
  ...holds('PRIVATE_KEY', pem('RSA PRIVATE KEY'), 'cat <<EOF\n%\nEOF'),
  ...holds('PRIVATE_KEY', pem('OPENSSH PRIVATE KEY'), '%'),
  ...holds('PRIVATE_KEY', pem('EC PRIVATE KEY').replaceAll('\n', '\\n'), '{"private_key":"%"}'),
  ...holds('GITHUB_TOKEN', `ghp_${b62(36, 11)}`, 'git clone https://x-access-token:$TOKEN # %', 'GH_TOKEN: %'),
  ...holds('GITHUB_TOKEN', `github_pat_${b62(22, 12)}_${b62(59, 13)}`, 'use % for the API'),
  ...holds('GITLAB_TOKEN', `glpat-${b62(20, 14)}`, 'CI_TOKEN=%'),
  ...holds('ANTHROPIC_KEY', `sk-ant-api03-${b62(93, 15)}AA`, 'ANTHROPIC_API_KEY=%'),
  ...holds('OPENAI_KEY', `sk-proj-${b62(48, 16)}`, 'OPENAI_API_KEY=%', 'new OpenAI({ key: "%" })'),
  ...holds('SLACK_TOKEN', `xoxb-${'123456789012'}-${b62(24, 17)}`, 'SLACK=%'),
  ...holds('STRIPE_KEY', `sk_live_${b62(24, 18)}`, 'stripe.key = "%"'),
  ...holds('GOOGLE_KEY', `AIza${b62(35, 19)}`, 'maps?key=%'),
  ...holds('NPM_TOKEN', `npm_${b62(36, 20)}`, '//registry.npmjs.org/:_authToken=%'),
  ...holds('SENDGRID_KEY', `SG.${b62(22, 21)}.${b62(43, 22)}`, 'SENDGRID=%'),
  ...holds('HUGGINGFACE_TOKEN', `hf_${b62(60, 23).replace(/\d/g, '').slice(0, 34)}`, 'HF_TOKEN=%'),
  ...holds(
    'CONNECTION_STRING',
    's3cr3t-Pa55',
    'postgres://app:%@db.internal:5432/app',
    'mongodb+srv://root:%@cluster0.mongodb.net',
  ),
  ...holds(
    'AZURE_KEY',
    `${b62(86, 24)}==`,
    'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=%;EndpointSuffix=core.windows.net',
  ),
  ...holds(
    'API_KEY',
    `Zk3${b62(29, 25)}9`,
    'api_key = "%"',
    `"client_secret": '%'`,
    'password: "%"',
    'const accessToken = "%";',
  ),
  ...holds(
    'CONNECTION_STRING',
    's3cr3t-Pa55',
    'redis://:%@cache:6379',
    'Server=db;User ID=sa;Password=%;',
    'db?user=x&password=%',
  ),
  ...holds('ENV_SECRET', `q7${b62(22, 27)}`, 'DB_PASSWORD=%', 'export MY_TOKEN="%"\nPORT=1', "SIGNING_SECRET='%'"),
  ...holds('BASIC_AUTH', Buffer.from(`ana:${b62(12, 28)}`).toString('base64'), 'Authorization: Basic %'),
  ...holds(
    'SLACK_WEBHOOK',
    `T0${'AB12CD34'}/B0${'AB12CD34'}/${b62(24, 29)}`,
    'curl https://hooks.slack.com/services/%',
  ),
  ...holds('AWS_SESSION_TOKEN', `IQoJ${'b3JpZ2luX2Vj'}${b62(200, 30)}==`, 'aws_session_token = %'),
  ...holds('TELEGRAM_TOKEN', `${'123456789'}:AA${b62(33, 31)}`, 'send with % to the chat'),
  ...holds('ATLASSIAN_TOKEN', `ATATT3xFfGF0${b62(180, 32)}`, 'JIRA: %'),
  ...[
    `shpat_${'0123456789abcdef'.repeat(2)}`,
    `dop_v1_${'0123456789abcdef'.repeat(4)}`,
    `GOCSPX-${b62(28, 33)}`,
    `lin_api_${b62(40, 34)}`,
    `ntn_${b62(46, 35)}`,
    `figd_${b62(40, 36)}`,
    `glsa_${b62(32, 37)}_0123abcd`,
    `PMAK-${'0123456789ab'.repeat(2)}-${'01'.repeat(17)}`,
    `NRAK-${'ABC0123DEF'.repeat(2)}ABC0123`,
    `sbp_${'0123456789'.repeat(4)}`,
    `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA'.repeat(2).slice(0, 58)}`,
    `gsk_${b62(52, 38)}`,
    `xai-${b62(80, 39)}`,
    `pplx-${b62(48, 40)}`,
    `r8_${b62(37, 41)}`,
    `sq0csp-${b62(43, 42)}`,
    `dckr_pat_${b62(27, 43)}`,
  ].flatMap((token) => holds('PROVIDER_TOKEN', token, 'it is % here')),
  ...holds('SLACK_TOKEN', `xapp-1-${'A0123456789'}-${'1234567890123'}-${'0123456789abcdef'.repeat(4)}`, 'app: %'),
  ...holds('STRIPE_KEY', `whsec_${b62(32, 44)}`, 'hook: %'),
  ...holds('GITLAB_TOKEN', `glrt-${b62(20, 45)}`, 'runner: %'),
  ...holds('BEARER_TOKEN', b62(40, 26), 'curl -H "Authorization: Bearer %" https://api.internal'),
];

const persons: Sample[] = [
  ...holds(
    'EMAIL',
    'ana.lopez@firma-nord.de',
    'Write to %, please.',
    'From: Ana <%>',
    '"mail":"%"',
    'mailto:%?subject=x',
  ),
  ...holds('EMAIL', 'j.o+news@sub.mail.co.uk', 'contact %.'),
  ...holds('IBAN', 'DE89 3704 0044 0532 0130 00', 'IBAN: %', 'Bitte auf % überweisen.'),
  ...holds('IBAN', 'GB82WEST12345698765432', 'pay to % today'),
  ...holds('IBAN', 'FR1420041010050500013M02606', 'compte %'),
  ...holds('CARD', '4111 1111 1111 1111', 'card % exp 12/29', 'Visa: %'),
  ...holds('CARD', '5555555555554444', 'number=%&cvc=123'),
  ...holds('CARD', '378282246310005', 'amex % on file'),
  ...holds('SSN', '536-90-4399', 'SSN: %', 'social security number % was given'),
  ...holds('INSEE', '1 85 05 78 006 084 91', 'numéro de sécurité sociale % (France)'),
  ...holds('DNI', '12345678Z', 'DNI % caducado'),
  ...holds('DNI', 'X1234567L', 'NIE: %'),
  ...holds('PESEL', '44051401359', 'PESEL: %'),
  ...holds('STEUER_ID', '86095742719', 'Steuer-ID %'),
  ...holds('CPF', '529.982.247-25', 'CPF %'),
  ...holds('NINO', 'AB 12 34 56 C', 'NI number %', 'her nino is % I think'),
  ...holds('PHONE', '+49 30 901820', 'Tel. % (Zentrale)'),
  ...holds('PHONE', '+1 415 555 2671', 'call % after nine'),
  ...holds('PHONE', '(415) 555-2671', 'phone: %'),
  ...holds('PHONE', '415-555-2671', 'at % or by mail'),
  ...holds('IP', '81.2.69.142', 'login from % failed', 'client=%, port=443'),
  {
    text: 'Ana Lopez, ana@lopez-berlin.de, +49 170 1234567, from 81.2.69.142',
    holds: [
      { kind: 'EMAIL', value: 'ana@lopez-berlin.de' },
      { kind: 'PHONE', value: '+49 170 1234567' },
      { kind: 'IP', value: '81.2.69.142' },
    ],
  },
];

const nothing: Sample[] = clean(
  'TOKEN=process.env.GITHUB_TOKEN2',
  'SECRET=/run/secrets/db1Password',
  'PASSWORD=correct-horse-battery',
  `API_KEY=$\{{ secrets.API_KEY_1 }}`,
  '"integrity": "16234d4479236808947a3c3cd01fe2d1"',
  'the carrier has 100.64.0.1, the benchmark 198.18.0.1',
  'Basic authentication is old, Basic dGhlcmVJc05vQ29sb24= is no login',
  'key="{env:CLAUDE_BEDROCK_API_KEY}"',
  'const total = items.reduce((sum, item) => sum + item.price, 0);',
  'git@github.com:honojs/hono.git',
  'import type { A } from "@types/node@24.19.2";',
  'someone@example.com and root@localhost are placeholders',
  'http://127.0.0.1:4141/v1 and 192.168.0.1 and 10.0.0.5 and 0.0.0.0',
  'version 1.2.3.4 and 2.10.0.1',
  '2026-11-22T04:35:00.000Z took 1699999999999 ms',
  'sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'commit 5e6e9fb2c1a0d7e9f8b7a6c5d4e3f2a1b0c9d8e7',
  'uuid 123e4567-e89b-12d3-a456-426614174000',
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-5',
  'api_key = os.environ["OPENAI_API_KEY"]',
  'password: "changeme"',
  'password = "<your password here>"',
  `apiKey: "$\{API_KEY}"`,
  'const accessToken = "your-access-token-goes-here";',
  'Authorization: Bearer <token>',
  'Authorization: Bearer $TOKEN_FROM_THE_ENVIRONMENT',
  'postgres://user:password@localhost:5432/db',
  'https://user@host/path and ssh://git@host:22',
  'sk-learn and sk-proj are short, hf_hub too, npm_config_cache as well',
  'AKIA is a prefix, ABSK another, eyJ a third',
  'PRIVATE KEY blocks begin with five dashes',
  '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----',
  '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----',
  'order 4111111111111112 is no card, nor is 1234567812345678',
  'the number 000-12-3456 was never given out, nor 666-12-3456, nor 900-12-3456',
  'DE00 3704 0044 0532 0130 00 fails its checksum',
  '12345678A is no DNI',
  '111.111.111-11 is no CPF',
  'pixels 1920 1080 60 24, ratio 16:9',
  'phone numbers look like XXX-XXX-XXXX',
  'range 100-200-300 and 2026-11-22',
  'fn(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)',
  '3.14159265358979323846264338327950288419716939937510',
  'matrix: 1 0 0 0 1 0 0 0 1 and 12 34 56 78 90 12 34 56',
  'Steuer-ID 12345678901',
  'tokens: 200,000 per minute, 4096 at most; 64-bit, 128-bit, 256-bit',
  'logo@2x.png and icon@3x.png',
  'The quick brown fox jumps over the lazy dog.',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'GHSA-4xpc-pv4p-pm3w, CVE-2026-44457, RFC 9110 section 7.6.1',
  'ISBN 978-3-16-148410-0',
  '#ff00aa #123456 rgba(12, 34, 56, 0.5)',
);

export const corpus: readonly Sample[] = [...secrets, ...persons, ...nothing];
