import { type Meaning, unavailable } from './failure-table.ts';

/* What fails before Bedrock has said anything: the credentials or the connection. Data only. */

/** By the words of an error that the AWS credential chain gives, lower case; the rest is `noCredentials`. */
export const byIdentityText: readonly { words: readonly string[]; means: Meaning }[] = [
  {
    // However the SSO sign-in ended, the SDK's text ends so.
    words: ['to refresh this sso session'],
    means: {
      code: 'sign_in_needed',
      says: 'The AWS sign-in has expired, or was never made. No restart is needed: run the command, then resend.',
      alone: true,
      fix: '{signIn}',
    },
  },
  {
    words: ['requires multi-factor authentication'],
    means: {
      code: 'sign_in_needed',
      says: 'The role of this profile wants a code of an MFA device, which a proxy cannot type',
      alone: true,
      fix: 'aws sts get-session-token --serial-number ARN --token-code CODE, and put its keys into the source profile',
    },
  },
  {
    words: ['region is missing', 'expected `region` to be configured', 'region not accepted'],
    means: {
      code: 'sign_in_needed',
      says: 'No AWS Region is set, or none that can be one',
      fix: 'claude-bedrock aws setup',
    },
  },
  {
    words: ['invalid url', 'invalid endpoint', 'custom endpoint'],
    means: {
      code: 'upstream_unavailable',
      says: 'The Bedrock endpoint is not a URL',
      fix: 'claude-bedrock aws validate',
    },
  },
  {
    words: ['enotfound', 'eai_again', 'econnrefused', 'econnreset', 'etimedout', 'socket hang up'],
    means: { ...unavailable, says: 'The AWS sign-in service cannot be reached' },
  },
];

/** The next call asks the whole chain again, so another try of the same call would only repeat it. */
export const noCredentials: Meaning = { code: 'sign_in_needed', says: 'No usable AWS credentials', fix: '{signIn}' };

/** By the `code` of a Node network error: what the person has to look at. The rest is `unavailable`. */
export const byNetworkCode: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: {
    ...unavailable,
    says: 'There is no such host as {host}: either the Region is misspelt or the network is down',
    fix: 'claude-bedrock aws validate',
  },
  EAI_AGAIN: { ...unavailable, says: 'The name {host} cannot be looked up: the network seems to be down' },
  ECONNREFUSED: { ...unavailable, says: 'Nothing listens at {host}', fix: 'claude-bedrock aws validate' },
  EMFILE: {
    ...unavailable,
    says: 'Too many files and sockets are open in this process to connect to {host}',
    fix: 'ulimit -n 4096, then start the server anew',
  },
  EPROTO: {
    ...unavailable,
    says: 'What listens at {host} does not speak TLS as it should',
    fix: 'claude-bedrock aws validate',
  },
  CERT_HAS_EXPIRED: { ...unavailable, retry: 'never', says: 'The certificate of {host} has expired' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    ...unavailable,
    retry: 'never',
    says: 'The certificate shown for {host} is not its own',
  },
};

/** The connection failed before the proxy had answered. */
export const proxyUnreachable: Meaning = {
  ...unavailable,
  says: 'The HTTP proxy on the way to {host} cannot be reached',
  fix: 'correct HTTPS_PROXY, or name the host in NO_PROXY',
};

/** The certificate's issuer is unknown: nearly always a company proxy that reads along. */
export const untrustedCertificate: Meaning = {
  code: 'upstream_unavailable',
  says: 'The certificate of {host} is signed by an authority that is not trusted here',
  fix: 'AWS_CA_BUNDLE=/path/to/company-ca.pem claude-bedrock serve',
};

/** The codes of Node's TLS that say so. */
export const untrustedCodes: readonly string[] = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** Whatever else kept a connection from being made, or broke it. */
export const connectionFailed: Meaning = { ...unavailable, says: 'The connection to Bedrock at {host} failed' };
