import { isObject } from '../base/json.ts';
import { awsDomain } from './aws-domain.ts';
import type { Identity } from './aws-identity.ts';
import { presign } from './presign.ts';

/** Whether a model may be called; each `false` is a different thing to do. */
export type ModelAccess =
  | { ok: true; authorized: boolean; agreed: boolean; entitled: boolean; inRegion: boolean }
  /** AWS would not say: its error code, e.g. `AccessDeniedException` where the listing rights are missing. */
  | { ok: false; code: string };

export type ModelAccessOptions = {
  identity: Identity;
  region: string;
  /** The foundation model's own id, without a profile's prefix. */
  modelId: string;
  now: number;
  fetch?: typeof fetch | undefined;
  endpoint?: string | undefined;
};

/** Asks Bedrock's control plane (`GetFoundationModelAvailability`). */
export async function modelAccess(options: ModelAccessOptions): Promise<ModelAccess> {
  const body = await ask(options, ['foundation-model-availability', options.modelId]);
  if ('code' in body) return { ok: false, code: body.code };
  const { authorizationStatus, agreementAvailability, entitlementAvailability, regionAvailability } = body.value;
  const agreement = isObject(agreementAvailability) ? agreementAvailability['status'] : undefined;
  return {
    ok: true,
    authorized: authorizationStatus === 'AUTHORIZED',
    agreed: agreement === 'AVAILABLE',
    entitled: entitlementAvailability === 'AVAILABLE',
    inRegion: regionAvailability === 'AVAILABLE',
  };
}

/** Whether the account has sent Anthropic's use-case form, once for all its models (`GetUseCaseForModelAccess`). */
export async function useCaseSent(options: Omit<ModelAccessOptions, 'modelId'>): Promise<boolean | { code: string }> {
  const body = await ask(options, ['use-case-for-model-access']);
  if (!('code' in body)) return true;
  return body.code === 'ResourceNotFoundException' ? false : body;
}

type Answer = { value: Record<string, unknown> } | { code: string };

async function ask(options: Omit<ModelAccessOptions, 'modelId'>, path: readonly string[]): Promise<Answer> {
  const { identity, region, now, endpoint } = options;
  const host = `bedrock.${region}.${awsDomain(region)}`;
  const bearer = 'token' in identity;
  if (bearer && identity.forGateway && endpoint === undefined) return { code: 'a gateway’s token is not sent to AWS' };
  const url = bearer
    ? `https://${host}/${path.map(encodeURIComponent).join('/')}`
    : presign({
        method: 'GET',
        host,
        path,
        service: 'bedrock',
        region,
        query: {},
        keys: identity,
        expiresInS: 60,
        now,
      });
  const address = endpoint === undefined ? url : url.replace(`https://${host}`, endpoint);
  const response = await (options.fetch ?? fetch)(address, {
    ...(bearer && { headers: { authorization: `Bearer ${identity.token}` } }),
    signal: AbortSignal.timeout(10_000),
  });
  const value: unknown = await response.json().catch(() => undefined);
  if (response.ok && isObject(value)) return { value };
  const said = response.headers.get('x-amzn-errortype')?.split(':')[0] ?? '';
  return { code: /^\w{1,64}$/.test(said) ? said : `http ${response.status}` };
}
