import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/root.ts';
import { allowances } from './support/statements.ts';
import { synthesize } from './support/synthesized.ts';

const { service } = synthesize();
const roles = allowances(service);
const everything = [...roles.values()].flat();

const PARAMETERS = 'arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameter/tidemark/test';

const [FILES] = Object.keys(service.findResources('AWS::S3::Bucket'));
const CONNECTIONS = `ssm:GetParametersByPath ${PARAMETERS}/connections/*`;

/** What the code asks of AWS, as actions: a batch needs the right to its single form. */
function actionsUsed(): ReadonlySet<string> {
  const files = ['lib', 'functions']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return new Set(
    files.flatMap(({ parentPath, name }) => {
      const text = readFileSync(join(parentPath, name), 'utf8');
      const client = /from '@aws-sdk\/client-(\w+)'/.exec(text)?.[1];
      const commands = [...text.matchAll(/new (\w+)Command\(/g)].map((match) => match[1] ?? '');
      return commands.map((command) => `${client}:${client === 'sqs' ? command.replace(/Batch$/, '') : command}`);
    }),
  );
}

describe('the rights of the roles', () => {
  it('name every action and every resource, but for the connections and the files that nobody knows before', () => {
    expect(everything.filter((allowance) => allowance.includes('*'))).toEqual([
      ...['Planner', 'Sync', 'Slow'].map(() => CONNECTIONS),
      // Importer and API.
      `s3:GetObject ${FILES}/uploads/*`,
      `s3:PutObject ${FILES}/errors/*`,
      CONNECTIONS,
      `s3:GetObject ${FILES}/errors/*`,
      `s3:PutObject ${FILES}/uploads/*`,
      // The last: of webhooks.
      CONNECTIONS,
      CONNECTIONS,
    ]);
    service.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent(), Policies: Match.absent() });
  });

  // The local host enforces no rights: what the code calls and nobody may call would fail only once deployed.
  it('cover what the code calls', () => {
    const used = [...actionsUsed()];
    expect(used.length).toBeGreaterThan(5);
    const granted = new Set(everything.map((allowance) => allowance.split(' ')[0]));
    expect(used.filter((action) => !granted.has(action))).toEqual([]);
  });

  it('on the table are what the code calls, and nothing else', () => {
    const used = [...actionsUsed()].filter((action) => action.startsWith('dynamodb:'));
    const table = (allowance: string) => allowance.startsWith('dynamodb:') && !allowance.endsWith('/index/unfinished');
    const granted = everything.filter(table).map((allowance) => allowance.split(' ')[0]);
    expect(new Set(granted)).toEqual(new Set(used));
  });

  it('let the authorizer read the token hashes and write its log', () => {
    const [authorizer] = [...roles].filter(([role]) => role.startsWith('AuthorizerRole')).map(([, allowed]) => allowed);
    expect(authorizer).toEqual([
      expect.stringMatching(/^logs:CreateLogStream AuthorizerLog/),
      expect.stringMatching(/^logs:PutLogEvents AuthorizerLog/),
      `ssm:GetParameter ${PARAMETERS}/api-tokens`,
    ]);
  });

  it('let the function that takes webhooks leave its marks, read connections and send, and do nothing else', () => {
    const [webhook = []] = [...roles].filter(([role]) => role.startsWith('WebhookRole')).map(([, allowed]) => allowed);
    expect(new Set(webhook.map((allowance) => allowance.split(' ')[0]))).toEqual(
      new Set([
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        'dynamodb:DeleteItem',
        'dynamodb:UpdateItem',
        'ssm:GetParametersByPath',
        'sqs:SendMessage',
      ]),
    );
  });

  it('let nobody else read the token hashes, and nobody but the sync function take tasks, or but the API those set aside', () => {
    const holders = (action: string, resource: string) =>
      [...roles]
        .filter(([, allowed]) => allowed.some((one) => one.startsWith(action) && one.includes(resource)))
        .map(([role]) => role.replace(/Role.*$/, ''));
    expect(holders('ssm:', '/api-tokens')).toEqual(['Authorizer']);
    expect(holders('ssm:', '/redis')).toEqual(['Planner', 'Sync', 'Slow', 'Importer', 'Api']);
    expect(holders('sqs:ReceiveMessage', 'LanesImports')).toEqual(['Importer']);
    expect(holders('sqs:SendMessage', 'LanesImports')).toEqual(['Importer', 'Api']);
    expect(holders('sqs:ReceiveMessage', 'LanesSlow')).toEqual(['Slow']);
    expect(holders('sqs:SendMessage', 'LanesSlow')).toEqual(['Planner', 'Sync', 'Slow', 'Importer', 'Api']);
    expect(holders('sqs:ReceiveMessage', 'LanesPriority')).toEqual(['Sync']);
    expect(holders('sqs:ReceiveMessage', 'LanesScheduled')).toEqual(['Sync']);
    for (const action of ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes']) {
      expect(holders(`sqs:${action}`, 'LanesDeadLetters')).toEqual(['Api']);
      expect(holders(`sqs:${action}`, 'LanesPriority')).toEqual(['Sync']);
    }
    expect(holders('sqs:', 'LanesDeadLetters')).toEqual(['Api']);
    expect(holders('sqs:SendMessage', 'LanesPriority')).toEqual([
      'Planner',
      'Sync',
      'Slow',
      'Importer',
      'Api',
      'Webhook',
    ]);
    expect(holders('sqs:SendMessage', 'LanesScheduled')).toEqual(['Planner', 'Sync', 'Slow', 'Importer', 'Api']);
    expect(holders('lambda:', '')).toEqual(['Schedules']);
  });

  it('let the schedules begin the planner, for this account alone', () => {
    expect([...roles].find(([role]) => role.startsWith('SchedulesRole'))?.[1]).toContain(
      'lambda:InvokeFunction PlannerFunctionAFCCE450',
    );
    service.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ],
      }),
    });
  });
});
