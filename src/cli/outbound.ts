import { readFileSync } from 'node:fs';
import http from 'node:http';
import tls from 'node:tls';
import { ProxyError } from '../base/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Our own server and a browser's way back are never behind a proxy. */
const here = ['localhost', '127.0.0.1', '::1', '[::1]'];

/**
 * Makes `fetch` and node's global agents use HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and trust AWS_CA_BUNDLE beside what
 * Node trusts: sign-ins, STS and model access go this way (calls to Bedrock have agents of their own). A Node older than
 * 24.14 has no switch for the proxy; there NODE_USE_ENV_PROXY=1 does it. Throws `invalid_request` for a bundle that
 * cannot be read or holds no certificate.
 */
export function useCompanyNetwork(env: Environment): void {
  const bundle = env['AWS_CA_BUNDLE'];
  if (bundle) tls.setDefaultCACertificates([...tls.getCACertificates('default'), readBundle(bundle)]);
  const named = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const any = named('ALL_PROXY');
  const [secure, plain] = [named('HTTPS_PROXY') ?? any, named('HTTP_PROXY') ?? any];
  if (secure === undefined && plain === undefined) return;
  const direct = [named('NO_PROXY'), ...here].filter((name) => name !== undefined).join(',');
  for (const url of [secure, plain])
    if (url !== undefined && !URL.canParse(url))
      throw new ProxyError('invalid_request', `HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not a URL: ${safeUrl(url)}`, {
        fix: 'set it as http://host:port',
      });
  http.setGlobalProxyFromEnv?.({
    ...(secure !== undefined && { https_proxy: secure }),
    ...(plain !== undefined && { http_proxy: plain }),
    no_proxy: direct,
  });
}

/** A password in it is nobody's business. */
function safeUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@').slice(0, 80);
}

function readBundle(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const what = `AWS_CA_BUNDLE names a file that cannot be read: ${path}`;
    throw new ProxyError('invalid_request', what, { fix: 'correct AWS_CA_BUNDLE, or unset it', cause });
  }
  // Node takes such a file and trusts nothing by it: every connection would fail, and ask for the bundle that is named.
  if (!/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text))
    throw new ProxyError('invalid_request', `AWS_CA_BUNDLE names a file without a PEM certificate: ${path}`, {
      fix: `where it is DER: openssl x509 -inform der -in ${path} -out company-ca.pem, and name that file`,
    });
  return text;
}
