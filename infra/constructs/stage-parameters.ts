import { Stack, Token, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { PARAMETERS } from '../../lib/config/environment.ts';

export interface StageParametersProps {
  /** `/tidemark/{stage}` */
  readonly prefix: string;
}

/**
 * The SecureStrings of a stage. CloudFormation cannot make that type, so an operator writes them; here they are only
 * made readable. They are encrypted with the key AWS manages for Systems Manager, whose policy lets everybody decrypt
 * who may read the parameter: no statement about keys is needed.
 */
export class StageParameters extends Construct {
  readonly prefix: string;

  constructor(scope: Construct, id: string, props: StageParametersProps) {
    super(scope, id);
    this.prefix = props.prefix;
  }

  grantConnections(grantee: IGrantable & IConstruct): void {
    const path = this.#arn(PARAMETERS.connections);
    grant(grantee, 'ssm:GetParametersByPath', [path, `${path}/*`]);
    const { account, partition, region } = Stack.of(this);
    const place = [
      shown(partition, 'AWS::Partition'),
      'ssm',
      shown(region, 'AWS::Region'),
      shown(account, 'AWS::AccountId'),
    ].join(':');
    const resource = `arn:${place}:parameter${this.prefix}/${PARAMETERS.connections}/*`;
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
      reason:
        'Connections are added without a deploy, so their names are not known here; their path holds nothing else.',
    });
  }

  grantRedis(grantee: IGrantable): void {
    grant(grantee, 'ssm:GetParameter', [this.#arn(PARAMETERS.redis)]);
  }

  grantApiTokens(grantee: IGrantable): void {
    grant(grantee, 'ssm:GetParameter', [this.#arn(PARAMETERS.apiTokens)]);
  }

  #arn(name: string): string {
    const resourceName = `${this.prefix}/${name}`.slice(1);
    return Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName });
  }
}

function grant(grantee: IGrantable, action: string, resources: string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [action], resources }));
}

/** As cdk-nag writes what is known only when a stack is deployed. */
function shown(value: string, pseudo: string): string {
  return Token.isUnresolved(value) ? `<${pseudo}>` : value;
}
