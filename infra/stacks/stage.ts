import { type App, type Environment, Tags } from 'aws-cdk-lib';
import type { StageConfig } from '../stage-config.ts';
import { ServiceStack } from './service-stack.ts';
import { StateStack } from './state-stack.ts';

export interface StageStacks {
  readonly state: StateStack;
  readonly service: ServiceStack;
}

/** Both stacks of a stage. Without an account and a region they can be deployed into any. */
export function addStage(app: App, config: StageConfig): StageStacks {
  const { stage, account, region } = config;
  const env: Environment = { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
  const state = new StateStack(app, `Tidemark-${stage}-State`, {
    config,
    env,
    description: `Tidemark ${stage}: watermarks, leases and history, and where alarms go`,
    terminationProtection: true,
  });
  const service = new ServiceStack(app, `Tidemark-${stage}-Service`, {
    config,
    env,
    stateStack: state,
    description: `Tidemark ${stage}: planner, sync, HTTP API, monitoring`,
  });
  Tags.of(app).add('app', 'tidemark');
  Tags.of(app).add('stage', stage);
  return { state, service };
}
