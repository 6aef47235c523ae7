import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

/** A resource as the template declares it, before anything in it is resolved. */
export interface Resource {
  readonly logicalId: string;
  readonly stack: StackTemplate;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly condition?: string;
  /** Where a function's bundle lies. */
  readonly assetPath?: string;
}

export interface StackTemplate {
  readonly name: string;
  /** `undefined` when the stack is for any region. */
  readonly region?: string;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly outputs: readonly { readonly exportName: unknown; readonly value: unknown }[];
  /** Parameter → its default. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly mappings: Readonly<Record<string, unknown>>;
}

/** What `cdk synth` wrote: all stacks of the app, those of its stages included. */
export interface Assembly {
  readonly directory: string;
  readonly stacks: readonly StackTemplate[];
}

const anything = z.record(z.string(), z.unknown());

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.optional(z.string()),
      properties: z.optional(
        z.object({
          templateFile: z.optional(z.string()),
          stackName: z.optional(z.string()),
          directoryName: z.optional(z.string()),
        }),
      ),
    }),
  ),
});

const templateSchema = z.object({
  Resources: z._default(
    z.record(
      z.string(),
      z.object({
        Type: z.string(),
        Properties: z._default(anything, {}),
        Metadata: z._default(anything, {}),
        Condition: z.optional(z.string()),
      }),
    ),
    {},
  ),
  Outputs: z._default(
    z.record(z.string(), z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.unknown() })) })),
    {},
  ),
  Parameters: z._default(z.record(z.string(), z.object({ Default: z.optional(z.unknown()) })), {}),
  Conditions: z._default(anything, {}),
  Mappings: z._default(anything, {}),
});

/** @throws Error that says what to do when the folder holds no assembly, or one that cannot be understood */
export function readAssembly(directory: string): Assembly {
  const root = resolve(directory);
  if (!existsSync(join(root, 'manifest.json'))) {
    throw new Error(`${root} holds no synthesized stacks: run "npm run synth" first`);
  }
  return { directory: root, stacks: readStacks(root) };
}

function readStacks(folder: string): readonly StackTemplate[] {
  const { artifacts } = manifestSchema.parse(readJson(join(folder, 'manifest.json')));
  return Object.entries(artifacts).flatMap(([id, { type, environment, properties = {} }]) => {
    const { templateFile, stackName = id, directoryName } = properties;
    if (type === 'cdk:cloud-assembly' && directoryName !== undefined) return readStacks(join(folder, directoryName));
    if (type !== 'aws:cloudformation:stack' || templateFile === undefined) return [];
    return [readStack(folder, templateFile, stackName, regionOf(environment))];
  });
}

function readStack(folder: string, file: string, name: string, region: string | undefined): StackTemplate {
  const template = templateSchema.parse(readJson(join(folder, file)));
  const resources = new Map<string, Resource>();
  const stack: StackTemplate = {
    name,
    ...(region === undefined ? {} : { region }),
    resources,
    outputs: Object.values(template.Outputs).flatMap(({ Value, Export }) =>
      Export === undefined ? [] : [{ exportName: Export.Name, value: Value }],
    ),
    parameters: Object.fromEntries(Object.entries(template.Parameters).map(([key, { Default }]) => [key, Default])),
    conditions: template.Conditions,
    mappings: template.Mappings,
  };
  for (const [logicalId, { Type, Properties, Metadata, Condition }] of Object.entries(template.Resources)) {
    const asset = Metadata['aws:asset:path'];
    resources.set(logicalId, {
      logicalId,
      stack,
      type: Type,
      properties: Properties,
      ...(Condition === undefined ? {} : { condition: Condition }),
      ...(typeof asset === 'string' ? { assetPath: join(folder, asset) } : {}),
    });
  }
  return stack;
}

/** `aws://account/region`, where either may be `unknown-…`. */
function regionOf(environment: string | undefined): string | undefined {
  const region = environment?.split('/').at(-1);
  return region === undefined || region.startsWith('unknown-') ? undefined : region;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
