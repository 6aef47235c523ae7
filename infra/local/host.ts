import { endpointVariables, hastened } from './function-environment.ts';
import { apiDefinitions } from './http-api/api-definition.ts';
import { type RunningHttpApi, startHttpApi } from './http-api/http-api.ts';
import type { FunctionLog } from './lambda/environment.ts';
import { type FunctionDefinition, functionDefinitions } from './lambda/function-definition.ts';
import { FunctionPools } from './lambda/function-pools.ts';
import type { InvocationResult } from './lambda/invocation.ts';
import { shieldFromProject } from './lambda/package-scope.ts';
import { type Meters, readMeters } from './meters.ts';
import { createBuckets } from './resources/buckets.ts';
import { type ApiTokenPair, type ConnectionEntry, createApiTokens, StageParameters } from './resources/parameters.ts';
import { createQueues } from './resources/queues.ts';
import { createTables } from './resources/tables.ts';
import { type LocalServices, type ServicesOptions, startServices } from './services.ts';
import { settle } from './settle.ts';
import { readAssembly } from './template/assembly.ts';
import { Deployment } from './template/deployment.ts';
import type { EventSourceMapping } from './triggers/event-source-mapping.ts';
import { eventSourceMappings } from './triggers/event-sources.ts';
import { Scheduler } from './triggers/scheduler.ts';

export interface LocalHostOptions extends Omit<ServicesOptions, 'region'> {
  /** What `cdk synth` wrote. */
  readonly assemblyDir: string;
  /** Of the HTTP API. @default a free one */
  readonly port?: number;
  readonly connections: readonly ConnectionEntry[];
  /** How many times faster schedules and the planner's interval run. @default 1 */
  readonly fast?: number;
  /** Whether schedules run by themselves; without, `fire` runs them. @default true */
  readonly schedules?: boolean;
  /** Schedules, named as for `fire`, that all the same do not run by themselves. @default none */
  readonly firedByHand?: readonly string[];
  /**
   * How soon after its batch what a function left undone comes back, so that a test need not wait for minutes.
   * @default when the queue's visibility timeout ends
   */
  readonly redeliverySeconds?: number;
  /** Each line the functions write. */
  readonly onLog?: (log: FunctionLog) => void;
  /** What went wrong around the functions: a failed schedule, a batch that was not acknowledged. */
  readonly onProblem?: (problem: string) => void;
}

export interface LocalHost {
  readonly apiUrl: string;
  readonly tokens: ApiTokenPair;
  readonly endpoints: {
    readonly redis: { readonly url: string; readonly token: string };
    readonly dynamodb: string;
    readonly sqs: string;
    readonly ssm: string;
    readonly s3: string;
  };
  readonly functions: readonly FunctionDefinition[];
  readonly queueUrls: readonly string[];
  readonly tableNames: readonly string[];
  /** The emulators themselves, for their faults and meters. */
  readonly services: LocalServices;
  /** Runs a schedule now, by a word of its name: `plan`. */
  fire(schedule: string): Promise<InvocationResult>;
  /** When a schedule runs next by itself, if it does: with `fast`, sooner than its expression says. */
  dueAt(schedule: string): Date | undefined;
  /** Invokes a function, by its name or what its logical id begins with. */
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  /** Waits until no message waits on a queue that is read and nothing runs. @throws Error that says what is left */
  settle(timeoutMs: number): Promise<void>;
  meters(): Promise<Meters>;
  /**
   * Kills the execution environments of a function, or of all, in the middle of what they do. As in AWS their messages
   * come back after the visibility timeout, and what comes next starts new ones.
   * @returns how many were alive
   */
  killEnvironments(functionName?: string): number;
  /** Adds or replaces a connection; functions see it within a minute. */
  setConnection(connection: ConnectionEntry): void;
  close(): Promise<void>;
}

const DEFAULT_REGION = 'eu-central-1';

/**
 * Runs synthesized stacks on this machine: their bundles, triggered as in AWS, against emulators of the services.
 * @throws Error when the assembly holds something that cannot be hosted, or the port is taken
 */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const assembly = readAssembly(options.assemblyDir);
  shieldFromProject(assembly.directory);
  const region = assembly.stacks.find((stack) => stack.region !== undefined)?.region ?? DEFAULT_REGION;
  const services = await startServices({ ...options, region });
  try {
    return await deploy(new Deployment(assembly, { region, queueBaseUrl: services.sqs.url }), services, options);
  } catch (error) {
    await services.close();
    throw error;
  }
}

interface Parts {
  readonly services: LocalServices;
  readonly functions: readonly FunctionDefinition[];
  readonly tableNames: readonly string[];
  readonly queueUrls: readonly string[];
  readonly tokens: ApiTokenPair;
  readonly parameters: StageParameters | undefined;
  readonly pools: FunctionPools;
  readonly mappings: readonly EventSourceMapping[];
  readonly scheduler: Scheduler;
  readonly apis: readonly RunningHttpApi[];
}

/** Creates what is kept before what runs, and starts what triggers last: nothing may run before its surroundings stand. */
async function deploy(deployment: Deployment, services: LocalServices, options: LocalHostOptions): Promise<LocalHost> {
  const {
    fast = 1,
    schedules = true,
    firedByHand = [],
    onLog = () => undefined,
    onProblem = () => undefined,
  } = options;
  const functions = functionDefinitions(deployment).map((definition) => hastened(definition, fast));
  const tableNames = await createTables(deployment, services.dynamodb.url);
  createBuckets(deployment, services.s3);
  const queueUrls = await createQueues(deployment, services.sqs);
  const tokens = createApiTokens();
  const parameters = parametersOf(functions, services);
  writeParameters(parameters, tokens, services, options.connections);
  const pools = new FunctionPools(functions, { overrides: endpointVariables(services), onLog });
  const poolOf = (name: string) => pools.get(name);
  const { redeliverySeconds } = options;
  const mappings = eventSourceMappings({ deployment, sqs: services.sqs, poolOf, onProblem, redeliverySeconds });
  const scheduler = new Scheduler({ deployment, poolOf, speed: fast, onProblem });
  const apis = await startApis(deployment, pools, options.port ?? 0);
  for (const mapping of mappings) mapping.start();
  if (schedules) scheduler.start(firedByHand);
  const parts = { services, functions, tableNames, queueUrls, tokens, parameters, pools, mappings, scheduler, apis };
  return hostOf(parts);
}

function hostOf({ services, parameters, pools, mappings, scheduler, apis, ...facts }: Parts): LocalHost {
  const { dynamodb, sqs, ssm, s3, redis } = services;
  return {
    ...facts,
    services,
    apiUrl: apis[0]?.url ?? '',
    endpoints: {
      redis: { url: redis.url, token: redis.token },
      dynamodb: dynamodb.url,
      sqs: sqs.url,
      ssm: ssm.url,
      s3: s3.url,
    },
    fire: (schedule) => scheduler.fire(schedule),
    dueAt: (schedule) => scheduler.dueAt(schedule),
    invoke: (name, event) => pools.get(name).invoke(event),
    settle: (timeoutMs) => settle({ sqs, mappings, pools, scheduler }, timeoutMs),
    meters: () => readMeters(services, pools, mappings),
    killEnvironments: (name) => pools.kill(name),
    setConnection: (connection) => parameters?.setConnection(connection),
    close: async () => {
      scheduler.close();
      await Promise.all(apis.map((api) => api.close()));
      await Promise.all([...mappings.map((mapping) => mapping.close()), pools.close()]);
      await services.close();
    },
  };
}

function writeParameters(
  parameters: StageParameters | undefined,
  tokens: ApiTokenPair,
  { redis }: LocalServices,
  connections: readonly ConnectionEntry[],
): void {
  parameters?.setApiTokens(tokens);
  parameters?.setRedis({ url: redis.url, token: redis.token });
  for (const connection of connections) parameters?.setConnection(connection);
}

/** Every function has the same prefix; a stack without one uses no parameters. */
function parametersOf(functions: readonly FunctionDefinition[], { ssm }: LocalServices): StageParameters | undefined {
  const prefix = functions.find(({ variables }) => variables.PARAMETER_PREFIX !== undefined)?.variables
    .PARAMETER_PREFIX;
  return prefix === undefined ? undefined : new StageParameters(ssm, prefix);
}

/** The first API takes the port that was asked for, others free ones. */
async function startApis(deployment: Deployment, pools: FunctionPools, port: number): Promise<RunningHttpApi[]> {
  const started: RunningHttpApi[] = [];
  for (const definition of apiDefinitions(deployment, (name) => pools.get(name))) {
    started.push(await startHttpApi(definition, started.length === 0 ? port : 0));
  }
  return started;
}
