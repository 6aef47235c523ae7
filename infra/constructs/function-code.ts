import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { AssetCode } from 'aws-cdk-lib/aws-lambda';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLER = join(ROOT, 'infra/bundling/main.ts');

/** What is deployed of a folder below functions/, known by its contents: two functions of one folder share it. */
export function functionCode(name: string): AssetCode {
  return new AssetCode(join(ROOT, 'functions', name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Asked for by the type alone: bundling works wherever this runs.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle(folder) {
          execFileSync(process.execPath, [BUNDLER, name, folder], { stdio: ['ignore', 'inherit', 'inherit'] });
          return true;
        },
      },
    },
  });
}
