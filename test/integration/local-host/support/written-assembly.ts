import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemplateText {
  readonly Resources?: object;
  readonly Outputs?: object;
  readonly Conditions?: object;
  readonly Parameters?: object;
  readonly Mappings?: object;
}

export interface AssemblyContent {
  /** Stack name → template. */
  readonly stacks: Readonly<Record<string, TemplateText>>;
  /** Bundle name → text of its `index.mjs`. */
  readonly bundles?: Readonly<Record<string, string>>;
}

export interface WrittenAssembly {
  readonly directory: string;
  remove(): void;
}

/** Writes an assembly as `cdk synth` would, from templates by hand. */
export function writeAssembly({ stacks, bundles = {} }: AssemblyContent): WrittenAssembly {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  const artifacts = Object.keys(stacks).map((name) => [
    name,
    {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/eu-west-1',
      properties: { templateFile: `${name}.template.json` },
    },
  ]);
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: Object.fromEntries(artifacts) }));
  for (const [name, template] of Object.entries(stacks)) {
    writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
  }
  for (const [name, code] of Object.entries(bundles)) {
    mkdirSync(join(directory, `asset.${name}`));
    writeFileSync(join(directory, `asset.${name}`, 'index.mjs'), code);
  }
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

/** A function whose bundle is `bundle`. */
export function functionResource(bundle: string, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', MemorySize: 128, Timeout: 5, ...properties },
    Metadata: { 'aws:asset:path': `asset.${bundle}` },
  };
}
