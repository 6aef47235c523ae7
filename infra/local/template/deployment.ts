import type * as z from 'zod';
import type { Assembly, Resource, StackTemplate } from './assembly.ts';
import { Intrinsics } from './intrinsics.ts';

/** The account that the emulators and every ARN use. */
export const LOCAL_ACCOUNT = '000000000000';

/** What CloudFormation would know about a resource once it exists. */
export interface PhysicalResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface DeploymentOptions {
  readonly region: string;
  /** Base URL of queues, without a trailing slash. */
  readonly queueBaseUrl: string;
}

export interface Declared<Properties> {
  readonly resource: Resource;
  readonly properties: Properties;
}

/** The assembly as if it were deployed here: every name in its templates stands for something on this machine. */
export class Deployment {
  readonly region: string;
  readonly #assembly: Assembly;
  readonly #queueBaseUrl: string;
  readonly #intrinsics: Intrinsics;
  readonly #exports = new Map<string, () => unknown>();

  constructor(assembly: Assembly, options: DeploymentOptions) {
    this.#assembly = assembly;
    this.region = options.region;
    this.#queueBaseUrl = options.queueBaseUrl;
    this.#intrinsics = new Intrinsics({
      ref: (stack, name) => this.#ref(stack, name),
      attribute: (stack, logicalId, attribute) => this.#attribute(stack, logicalId, attribute),
      imported: (name) => this.#imported(name),
    });
    for (const stack of assembly.stacks) {
      for (const { exportName, value } of stack.outputs) {
        const name = String(this.#intrinsics.resolve(exportName, stack));
        this.#exports.set(name, () => this.#intrinsics.resolve(value, stack));
      }
    }
  }

  /** All resources of a type, resolved and checked. @throws Error that names the resource that does not fit */
  declared<Schema extends z.ZodType>(type: string, schema: Schema): readonly Declared<z.infer<Schema>>[] {
    return this.#resources(type).map((resource) => {
      const parsed = schema.safeParse(this.#intrinsics.resolve(resource.properties, resource.stack));
      if (parsed.success) return { resource, properties: parsed.data };
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      throw new Error(`${resource.stack.name}/${resource.logicalId} (${type}) cannot be hosted: ${problems}`);
    });
  }

  /** The physical name, ARN and URL a resource has on this machine. */
  physical({ stack, logicalId, type, properties }: Resource): PhysicalResource {
    const named = (property: string, fallback: string): string => {
      const name = this.#intrinsics.resolve(properties[property], stack);
      return typeof name === 'string' ? name : fallback;
    };
    const generated = `${stack.name}-${logicalId}`;
    switch (type) {
      case 'AWS::SQS::Queue': {
        const name = named('QueueName', `${generated.slice(0, 70)}${properties.FifoQueue === true ? '.fifo' : ''}`);
        const url = `${this.#queueBaseUrl}/${LOCAL_ACCOUNT}/${name}`;
        return { ref: url, attributes: { Arn: this.#arn('sqs', name), QueueName: name, QueueUrl: url } };
      }
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable': {
        const name = named('TableName', generated);
        return { ref: name, attributes: { Arn: this.#arn('dynamodb', `table/${name}`) } };
      }
      case 'AWS::S3::Bucket': {
        const name = named('BucketName', generated.slice(0, 63).toLowerCase());
        return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
      }
      case 'AWS::Lambda::Function': {
        const name = named('FunctionName', generated.slice(0, 64));
        return { ref: name, attributes: { Arn: this.#arn('lambda', `function:${name}`) } };
      }
      default:
        return { ref: logicalId, attributes: { Arn: this.#arn('local', `${type}/${logicalId}`) } };
    }
  }

  #resources(type: string): readonly Resource[] {
    return this.#assembly.stacks
      .flatMap((stack) => [...stack.resources.values()])
      .filter((resource) => resource.type === type && this.#isWanted(resource));
  }

  #isWanted({ condition, stack }: Resource): boolean {
    return condition === undefined || this.#intrinsics.condition(condition, stack);
  }

  #ref(stack: StackTemplate, name: string): unknown {
    if (name.startsWith('AWS::')) return this.#pseudo(stack, name);
    if (name in stack.parameters) return stack.parameters[name];
    return this.physical(this.#resource(stack, name)).ref;
  }

  #pseudo(stack: StackTemplate, name: string): string | undefined {
    switch (name) {
      case 'AWS::Region':
        return this.region;
      case 'AWS::AccountId':
        return LOCAL_ACCOUNT;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.name;
      case 'AWS::StackId':
        return this.#arn('cloudformation', `stack/${stack.name}/local`);
      case 'AWS::NoValue':
        return undefined;
      default:
        throw new Error(`${name} is not supported by the local host`);
    }
  }

  #attribute(stack: StackTemplate, logicalId: string, attribute: string): string {
    // What is not hosted still needs a value: a name that says where it came from.
    return this.physical(this.#resource(stack, logicalId)).attributes[attribute] ?? `${logicalId}.${attribute}`;
  }

  #resource(stack: StackTemplate, logicalId: string): Resource {
    const resource = stack.resources.get(logicalId);
    if (resource === undefined) throw new Error(`the template of ${stack.name} has no resource ${logicalId}`);
    return resource;
  }

  #imported(name: string): unknown {
    const value = this.#exports.get(name);
    if (value === undefined) throw new Error(`no stack exports ${name}`);
    return value();
  }

  #arn(service: string, rest: string): string {
    return `arn:aws:${service}:${this.region}:${LOCAL_ACCOUNT}:${rest}`;
  }
}
