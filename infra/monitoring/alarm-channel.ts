import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmChannelProps {
  readonly stage: string;
  /** The page whose anchors are the runbook's articles. */
  readonly runbookUrl: string;
  /** @default - nobody is subscribed */
  readonly email?: string;
}

/** Where alarms go: one encrypted topic per stage. */
export class AlarmChannel extends Construct {
  readonly stage: string;
  readonly runbookUrl: string;
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmChannelProps) {
    super(scope, id);
    this.stage = props.stage;
    this.runbookUrl = props.runbookUrl;
    // CloudWatch may not use the key that AWS manages for SNS: alarms would end nowhere, without an error to see.
    const key = new Key(this, 'Key', {
      description: `Encrypts what Tidemark ${props.stage} tells about its alarms`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, 'Topic', {
      displayName: `Tidemark ${props.stage}`,
      masterKey: key,
      enforceSSL: true,
    });
    key.addToResourcePolicy(fromAlarms(['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
    // A topic with a policy of its own loses the default one, by which alarms of the account may publish.
    this.topic.addToResourcePolicy(fromAlarms(['sns:Publish'], this.topic.topicArn));
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
  }
}

function fromAlarms(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions,
    resources: [resource],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  });
}
