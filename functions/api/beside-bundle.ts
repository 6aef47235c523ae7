import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiRuntime } from '../../lib/runtime/api-runtime.ts';
import { dependenciesOf } from './dependencies.ts';
import { renderPublicAnswers } from './openapi/render.ts';
import { PUBLIC_ANSWERS_FILE } from './public-answers.ts';
import { routeTable } from './routes/table.ts';

// Run when the function is bundled, with the bundle's folder: writes what stands beside it.
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('say which folder the bundle is in');
const routes = routeTable(dependenciesOf(createApiRuntime('api')));
writeFileSync(join(folder, PUBLIC_ANSWERS_FILE), JSON.stringify(renderPublicAnswers(routes)));
