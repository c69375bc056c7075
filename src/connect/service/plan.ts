import { launchdPlan } from './launchd.ts';
import type { ServiceFacts, ServicePlan } from './service.ts';
import { systemdPlan } from './systemd.ts';
import { taskPlan } from './task-scheduler.ts';

export type HostFacts = ServiceFacts & { platform: NodeJS.Platform; uid: number; user: string };

/** The plan for this system; undefined where there is no manager that we know. */
export function servicePlan(facts: HostFacts): ServicePlan | undefined {
  switch (facts.platform) {
    case 'linux':
      return systemdPlan(facts);
    case 'darwin':
      return launchdPlan(facts);
    case 'win32':
      return taskPlan(facts);
    default:
      return undefined;
  }
}

/** A path that may be gone tomorrow: npx's cache, or a folder of temporary files. */
export function isPassing(main: string): boolean {
  return /[\\/]_npx[\\/]/.test(main) || /^\/(tmp|var\/folders)\//.test(main);
}
