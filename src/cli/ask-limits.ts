import { bedrockQuotas, type ServiceQuota } from '../auth/service-quotas.ts';
import { readSignIn } from '../auth/sign-in.ts';
import { toProxyError } from '../base/errors.ts';
import type { Loaded } from '../config/load.ts';
import { identityNow } from './aws.ts';
import { searchCredentials } from './found-credentials.ts';
import { useIdentityRoom } from './identity-room.ts';

/** The account's limits in a Region, or in words why they are not known. */
export type AskedLimits = { region: string } & (
  | { quotas: ServiceQuota[] }
  | {
      unknown: string;
      /** IAM does not let this identity look. */
      forbidden?: boolean;
    }
);

/** Asks Service Quotas with the identity of this installation; never throws. */
export async function askLimits(loaded: Loaded): Promise<AskedLimits> {
  const { found, region: place } = searchCredentials(loaded, await readSignIn(loaded.paths.state), process.env);
  const region = place?.name ?? 'us-east-1';
  if (!found || loaded.settings.upstream === 'demo')
    return { region, unknown: 'there are no AWS credentials to ask with (claude-bedrock init)' };
  try {
    const identity = await useIdentityRoom(loaded, identityNow);
    const endpoint = process.env['AWS_ENDPOINT_URL_SERVICE_QUOTAS'];
    const answer = await bedrockQuotas({ identity, region, now: () => Date.now(), endpoint });
    if (answer.ok) return { region, quotas: answer.quotas };
    const isForbidden = /AccessDenied|NotAuthorized/.test(answer.code);
    const fix = isForbidden ? '; the right is servicequotas:ListServiceQuotas (claude-bedrock aws policy)' : '';
    return { region, unknown: `Service Quotas in ${region} refused: ${answer.code}${fix}`, forbidden: isForbidden };
  } catch (thrown) {
    const { code, publicMessage } = toProxyError(thrown);
    if (code !== 'internal') return { region, unknown: publicMessage.replace(/\.$/, '') };
    return { region, unknown: `Service Quotas in ${region} could not be asked` };
  }
}
