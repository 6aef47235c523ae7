import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { resources } from './synthesized.ts';

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]));
const policySchema = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({
    Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: texts, Resource: z.unknown() })),
  }),
});

/** What each role may do, as `action resource`; a resource reads as in the template: by logical id, or as an ARN. */
export function allowances(template: Template): ReadonlyMap<string, readonly string[]> {
  const policies = [...resources(template, 'AWS::IAM::Policy', policySchema).values()];
  return new Map(
    policies.map(({ Roles, PolicyDocument }) => [
      Roles.map(({ Ref }) => Ref).join(),
      PolicyDocument.Statement.flatMap(({ Action, Resource }) =>
        [Resource].flat().flatMap((resource) => Action.map((action) => `${action} ${textOf(resource)}`)),
      ).toSorted(),
    ]),
  );
}

const intrinsic = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::ImportValue': z.string() }).transform((value) => value['Fn::ImportValue']),
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((value) => value['Fn::GetAtt'][0]),
]);

/** A value of a template as one text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (!joined.success) return intrinsic.parse(value);
  const [separator, parts] = joined.data['Fn::Join'];
  return parts.map(textOf).join(separator);
}
