import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readAssembly } from '../../../infra/local/template/assembly.ts';
import { Deployment } from '../../../infra/local/template/deployment.ts';
import { type TemplateText, type WrittenAssembly, writeAssembly } from './support/written-assembly.ts';

const written: WrittenAssembly[] = [];

afterEach(() => {
  for (const assembly of written.splice(0)) assembly.remove();
});

function deploymentOf(stacks: Readonly<Record<string, TemplateText>>): Deployment {
  const assembly = writeAssembly({ stacks });
  written.push(assembly);
  return new Deployment(readAssembly(assembly.directory), { region: 'eu-west-1', queueBaseUrl: 'http://127.0.0.1:9' });
}

function placeholder(name: string): string {
  return `$\{${name}}`;
}

const RESOURCES = {
  Work: { Type: 'AWS::SQS::Queue', Properties: {} },
  Named: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': `q-${placeholder('AWS::Region')}` } } },
  State: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} },
  Worker: { Type: 'AWS::Lambda::Function', Properties: {} },
};

/** Resolves a value that stands in a template beside some resources. */
function resolved(value: unknown, template: TemplateText = {}): unknown {
  const probe = { Type: 'Test::Probe', Properties: { value } };
  const stack = { ...template, Resources: { ...RESOURCES, Probe: probe } };
  const [declared] = deploymentOf({ Main: stack }).declared(
    'Test::Probe',
    z.object({ value: z.optional(z.unknown()) }),
  );
  return declared?.properties.value;
}

describe('a template', () => {
  it.each([
    ['the URL of a queue', { Ref: 'Work' }, 'http://127.0.0.1:9/000000000000/Main-Work'],
    ['an ARN of a queue', { 'Fn::GetAtt': ['Work', 'Arn'] }, 'arn:aws:sqs:eu-west-1:000000000000:Main-Work'],
    ['an attribute with a dot', { 'Fn::GetAtt': 'Named.QueueName' }, 'q-eu-west-1'],
    ['the name of a table', { Ref: 'State' }, 'Main-State'],
    [
      'the ARN of a function',
      { 'Fn::GetAtt': ['Worker', 'Arn'] },
      'arn:aws:lambda:eu-west-1:000000000000:function:Main-Worker',
    ],
    ['a pseudo parameter', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['a join', { 'Fn::Join': ['/', ['a', { Ref: 'AWS::StackName' }, 1]] }, 'a/Main/1'],
    [
      'a substitution',
      {
        'Fn::Sub': [
          `${placeholder('a')}-${placeholder('Work.QueueName')}-${placeholder('!b')}`,
          { a: { Ref: 'AWS::Partition' } },
        ],
      },
      `aws-Main-Work-${placeholder('b')}`,
    ],
    ['a selection', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    ['what is nested', { a: [{ b: { Ref: 'AWS::Region' } }] }, { a: [{ b: 'eu-west-1' }] }],
    ['nothing', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    ['a policy element named Condition', { Condition: { Bool: { x: 'y' } } }, { Condition: { Bool: { x: 'y' } } }],
  ])('resolves %s', (_, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  it('resolves parameters, maps and conditions', () => {
    const template = {
      Parameters: { Stage: { Default: 'dev' } },
      Mappings: { Size: { dev: { memory: 256 } } },
      Conditions: {
        IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
        IsFar: {
          'Fn::And': [{ Condition: 'IsDev' }, { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] }] }],
        },
        Either: { 'Fn::Or': [{ Condition: 'IsFar' }, { Condition: 'IsDev' }] },
      },
    };
    expect(resolved({ 'Fn::FindInMap': ['Size', { Ref: 'Stage' }, 'memory'] }, template)).toBe(256);
    expect(resolved({ 'Fn::If': ['IsDev', 'yes', { 'Fn::GetAZs': '' }] }, template)).toBe('yes');
    expect(resolved({ 'Fn::If': ['IsFar', 'yes', { Ref: 'AWS::NoValue' }] }, template)).toBeUndefined();
    expect(resolved({ 'Fn::If': ['Either', 'yes', 'no'] }, template)).toBe('yes');
  });

  it('resolves what another stack exports', () => {
    const name = { 'Fn::Sub': `${placeholder('AWS::StackName')}:QueueUrl` };
    const deployment = deploymentOf({
      Service: {
        Resources: { Probe: { Type: 'Test::Probe', Properties: { value: { 'Fn::ImportValue': 'State:QueueUrl' } } } },
      },
      State: { Resources: RESOURCES, Outputs: { Url: { Value: { Ref: 'Work' }, Export: { Name: name } } } },
    });
    const [probe] = deployment.declared('Test::Probe', z.object({ value: z.string() }));
    expect(probe?.properties.value).toBe('http://127.0.0.1:9/000000000000/State-Work');
  });

  it('leaves out resources whose condition does not hold', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const Extra = { Type: 'AWS::SQS::Queue', Condition: 'Never', Properties: {} };
    const queues = deploymentOf({ Main: { Conditions, Resources: { ...RESOURCES, Extra } } }).declared(
      'AWS::SQS::Queue',
      z.unknown(),
    );
    expect(queues.map(({ resource }) => resource.logicalId)).toEqual(['Work', 'Named']);
  });

  it.each([
    [{ 'Fn::GetAZs': '' }, 'Fn::GetAZs is not supported'],
    [{ Ref: 'Nobody' }, 'no resource Nobody'],
    [{ 'Fn::ImportValue': 'x' }, 'no stack exports x'],
    [{ 'Fn::Select': [3, ['a']] }, 'finds nothing at 3'],
  ])('that says %j is refused with a reason', (value, reason) => {
    expect(() => resolved(value)).toThrow(reason);
  });

  it('with a resource that cannot be hosted is refused, and the resource is named', () => {
    const schema = z.object({ Size: z.number() });
    expect(() => deploymentOf({ Main: { Resources: RESOURCES } }).declared('AWS::SQS::Queue', schema)).toThrow(
      /^Main\/Work \(AWS::SQS::Queue\) cannot be hosted: Size: /,
    );
  });
});

describe('a folder without an assembly', () => {
  it('is refused with what to do', () => {
    expect(() => readAssembly('/nowhere')).toThrow('/nowhere holds no synthesized stacks: run "npm run synth" first');
  });
});
