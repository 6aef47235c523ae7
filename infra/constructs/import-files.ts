import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';

/** As long as a person may want to look at what was wrong with a file. */
const KEPT = Duration.days(7);

const [UPLOADS, ERRORS] = ['uploads/*', 'errors/*'] as const;

type Grantee = IGrantable & IConstruct;

/** The files that people bring, and what was wrong with them. Nothing in it is needed once an import has ended. */
export class ImportFiles extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      // A bucket cannot be deleted while it holds files; these are gone after a week.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason: 'Its files are reached by links that the API hands out and logs; access logs would outlive the files.',
    });
  }

  /** Lets a function hand out links to upload files and to download what was wrong with them. */
  grantLinks(grantee: Grantee): void {
    this.#grant(grantee, 's3:PutObject', UPLOADS);
    this.#grant(grantee, 's3:GetObject', ERRORS);
  }

  /** Lets a function read what was uploaded and write what was wrong with it. */
  grantImport(grantee: Grantee): void {
    this.#grant(grantee, 's3:GetObject', UPLOADS);
    this.#grant(grantee, 's3:PutObject', ERRORS);
    // Without it, S3 says of a file that is missing that it is forbidden.
    const resources = [this.bucket.bucketArn];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources }));
  }

  #grant(grantee: Grantee, action: string, objects: string): void {
    const resources = [this.bucket.arnForObjects(objects)];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [action], resources }));
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${this.#logicalId}.Arn>/${objects}]`,
      reason: 'Each import has a file of its own, named after it; the folder holds nothing else.',
    });
  }

  get #logicalId(): string {
    const { defaultChild } = this.bucket.node;
    if (!(defaultChild instanceof CfnBucket)) throw new Error('a bucket is made of one resource');
    return String(Stack.of(this).resolve(defaultChild.logicalId));
  }
}
