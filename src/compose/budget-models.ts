import { ProxyError } from '../base/errors.ts';
import type { Loaded, Problem } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { openCatalogue } from './catalogues.ts';

type Budgets = Settings['budgets'];

/** The budgets with their models by the bare ids that calls are booked under; a name that stands for no model stays. */
export async function budgetsByModelId(settings: Settings): Promise<Budgets> {
  const ids = await bareIds(settings);
  return settings.budgets.map((budget) => {
    const id = budget.model === undefined ? undefined : ids.get(budget.model);
    return id === undefined ? budget : { ...budget, model: id };
  });
}

/** A budget for a name that stands for no model would never count a call: one problem for each. */
export async function budgetProblems({ settings, sourceOf }: Loaded): Promise<Problem[]> {
  const ids = await bareIds(settings);
  const source = sourceOf('budgets');
  const where =
    source.kind === 'file' ? [source.file, ...(source.line === undefined ? [] : [source.line])].join(':') : 'budgets';
  return settings.budgets.flatMap(({ model }) =>
    model === undefined || ids.get(model) !== undefined
      ? []
      : [
          {
            where,
            what: `the budget for "${model}" fits no model`,
            right: 'a name that claude-bedrock models list tells',
          },
        ],
  );
}

/** The bare id of each model that a budget names; undefined where none is known. The catalogue is loaded only for such names. */
async function bareIds(settings: Settings): Promise<ReadonlyMap<string, string | undefined>> {
  const names = new Set(settings.budgets.flatMap(({ model }) => model ?? []));
  if (names.size === 0) return new Map();
  const models = { ...settings.models, unknown: 'refuse' as const };
  const catalogue = await openCatalogue({ ...settings, models }, settings.aws.region ?? 'us-east-1');
  const idOf = async (name: string): Promise<string | undefined> => {
    try {
      const { modelId, info } = await catalogue.resolve(name);
      // What an application profile leads to is known to AWS alone.
      return modelId.startsWith('arn:') && !modelId.includes(info.id) ? undefined : info.id;
    } catch (error) {
      if (error instanceof ProxyError && error.code === 'unknown_model') return undefined;
      throw error;
    }
  };
  return new Map(await Promise.all([...names].map(async (name) => [name, await idOf(name)] as const)));
}
