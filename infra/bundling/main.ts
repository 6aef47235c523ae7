import { bundleFunction } from './bundle-function.ts';

// The CDK bundles without waiting for promises: it runs this as a process of its own.
const [name, folder] = process.argv.slice(2);
if (name === undefined || folder === undefined) throw new Error('say which function is bundled, and into which folder');
await bundleFunction(name, folder);
