import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { expect, test } from 'vitest';
import { startDemoUpstream } from '../../src/demo/start-demo-upstream.ts';
import { plainModel, said, sdk, simulator } from './simulator-client.ts';

test('the demo upstream is dialled with what it gives, and a second one beside it has other credentials', async () => {
  const [upstream, other] = [await startDemoUpstream(), await startDemoUpstream()];
  try {
    const client = sdk(await simulator(), {
      endpoint: upstream.endpoint,
      region: upstream.region,
      credentials: upstream.credentials,
    });
    expect((await client.send(new ConverseCommand({ modelId: plainModel, ...said('hi') }))).stopReason).toBe(
      'end_turn',
    );
    expect(upstream.region).toBe('us-east-1');
    expect(other.credentials).not.toEqual(upstream.credentials);
  } finally {
    await upstream.close();
    await other.close();
  }
});
