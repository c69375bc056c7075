import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openCatalogue, priceTableDate } from '../compose/catalogues.ts';
import { priceTokens } from '../policy/cost.ts';
import { count, dollars } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';

type Flags = {
  model?: string;
  input: string;
  output: string;
  cached: string;
  calls: string;
  file?: string;
  region?: string;
  json?: boolean;
};

/** `claude-bedrock cost estimate` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .command('estimate', { isDefault: true })
    .description('what calls of a given size would cost')
    .option('--model <name>', 'a model as clients name it (default: models.default)')
    .option('--input <tokens>', 'tokens of input a call', '10000')
    .option('--output <tokens>', 'tokens of output a call', '1000')
    .option('--cached <percent>', 'how much of the input comes from the prompt cache', '0')
    .option('--calls <number>', 'how many calls', '1')
    .option('--file <path>', 'take the input’s size from a text file (four characters are about a token)')
    .option('--region <region>', 'the Region whose prices count (default: aws.region, else us-east-1)')
    .option('--json', 'print one JSON object')
    .action(async (flags: Flags) => exit(await estimate(flags, output)));
}

async function estimate(flags: Flags, output: Output): Promise<ExitCode> {
  const size = sizeOf(flags, output);
  if (!size) return exitCodes.usage;
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  const { settings } = loaded;
  const region = flags.region ?? settings.aws.region ?? process.env['AWS_REGION'] ?? 'us-east-1';
  const catalogue = await openCatalogue(settings, region);
  const name = flags.model ?? settings.models.default;
  const target = await catalogue.resolve(name);
  const cacheRead = Math.round((size.input * size.cached) / 100);
  const tokens = { input: size.input - cacheRead, output: size.output, cacheRead, cacheWrite5m: 0, cacheWrite1h: 0 };
  const each = priceTokens(tokens, target.price);
  const usd = each && each.usd * size.calls;
  const pricesAsOf = await priceTableDate();
  if (flags.json)
    output.json({ model: target.modelId, region, ...size, usd: usd ?? null, usdEach: each?.usd ?? null, pricesAsOf });
  else if (usd === undefined || !each)
    output.result(`${target.modelId}: unpriced. No price is known for it in ${region}.`);
  else {
    const one = `${count(size.input)} tokens in${size.cached > 0 ? ` (${size.cached} % cached)` : ''}, ${count(size.output)} out`;
    output.result(
      `${target.modelId} in ${region}: about ${dollars(usd)} for ${count(size.calls)} × (${one})${size.calls === 1 ? '' : `, ${dollars(each.usd)} each`}. Prices of ${pricesAsOf}.`,
    );
  }
  if (!target.known) output.warn(`${name} is not a model we know; ${target.modelId} would answer for it`);
  return exitCodes.ok;
}

type Size = { input: number; output: number; cached: number; calls: number };

/** The numbers of the flags, or undefined after what is wrong was told. */
function sizeOf(flags: Flags, output: Output): Size | undefined {
  const size: Size = {
    input: Number(flags.input),
    output: Number(flags.output),
    cached: Number(flags.cached),
    calls: Number(flags.calls),
  };
  for (const [name, value] of Object.entries(size)) {
    if (Number.isFinite(value) && value >= 0 && (name !== 'cached' || value <= 100)) continue;
    output.fail({ error: `--${name} takes a number${name === 'cached' ? ' from 0 to 100' : ''}`, fix: `--${name} 50` });
    return undefined;
  }
  if (flags.file === undefined) return size;
  try {
    return { ...size, input: Math.ceil(readFileSync(flags.file, 'utf8').length / 4) };
  } catch (error) {
    output.fail({
      error: `${flags.file} cannot be read`,
      cause: error instanceof Error ? error.message : String(error),
    });
    return undefined;
  }
}
