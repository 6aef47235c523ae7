import * as z from 'zod';
import type { Deployment } from '../template/deployment.ts';

/** A Lambda function as the template declares it. */
export interface FunctionDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  /** Folder of the bundle. */
  readonly bundle: string;
  /** The hash under which the bundle is deployed. */
  readonly bundleHash: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** The template's variables and nothing else. */
  readonly variables: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
}

const propertiesSchema = z.object({
  Handler: z.string(),
  Runtime: z.string().startsWith('nodejs', 'only Node.js functions run here'),
  MemorySize: z._default(z.coerce.number(), 128),
  Timeout: z._default(z.coerce.number(), 3),
  Environment: z._default(z.object({ Variables: z._default(z.record(z.string(), z.coerce.string()), {}) }), {
    Variables: {},
  }),
  ReservedConcurrentExecutions: z.optional(z.coerce.number()),
});

/** Helpers of CDK's own custom resources, which only a real deployment runs. */
const FRAMEWORK = /^(LogRetention|CustomS3AutoDelete|CustomCDK|AWS679)/;

export function functionDefinitions(deployment: Deployment): readonly FunctionDefinition[] {
  return deployment
    .declared('AWS::Lambda::Function', propertiesSchema)
    .filter(({ resource }) => !FRAMEWORK.test(resource.logicalId))
    .map(({ resource, properties }) => {
      const { assetPath } = resource;
      if (assetPath === undefined) throw new Error(`${resource.logicalId} has no bundle on this machine`);
      const { ref, attributes } = deployment.physical(resource);
      const { ReservedConcurrentExecutions: reserved } = properties;
      return {
        logicalId: resource.logicalId,
        name: ref,
        arn: attributes.Arn ?? '',
        region: deployment.region,
        bundle: assetPath,
        bundleHash: /asset\.([0-9a-f]+)/.exec(assetPath)?.[1] ?? 'unknown',
        handler: properties.Handler,
        memoryMb: properties.MemorySize,
        timeoutMs: properties.Timeout * 1_000,
        variables: properties.Environment.Variables,
        ...(reserved === undefined ? {} : { reservedConcurrency: reserved }),
      };
    });
}
