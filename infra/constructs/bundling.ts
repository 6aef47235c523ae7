import type { BuildOptions } from 'esbuild';

/**
 * How every function becomes one file, in esbuild's words. CommonJS and `module` before `main`, because both shorten
 * the cold start: ES modules link Node's built-ins eagerly, and packages ship their smaller build as `module`.
 */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  mainFields: ['module', 'main'],
  loader: { '.lua': 'text' },
  // Ways to find credentials that Lambda never needs, because it hands them over in the environment, which the SDK
  // looks at first: an eighth of a bundle. Should one ever be asked for, it is loaded from Lambda's own SDK.
  external: [
    ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map((way) => `@aws-sdk/credential-provider-${way}`),
    '@smithy/credential-provider-imds',
    // Likewise: no operation of DynamoDB or SQS answers with a stream of events.
    '@smithy/core/event-streams',
  ],
} satisfies BuildOptions;
