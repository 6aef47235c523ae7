// Evaluated for the component ids that their schemas register.
import '../schemas/common.ts';
import '../schemas/dead-letters.ts';
import '../schemas/drift.ts';
import '../schemas/exclusion.ts';
import '../schemas/imports.ts';
import '../schemas/plan.ts';
import '../schemas/quarantine.ts';
import '../schemas/record.ts';
import '../schemas/requests.ts';
import '../schemas/run.ts';
import '../schemas/status.ts';
import '../schemas/work.ts';
import * as z from 'zod/mini';

/** JSON Schemas (2020-12, the dialect of OpenAPI 3.1) by component name, with references between them. */
export function componentSchemas(): Readonly<Record<string, object>> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // The format says it; the pattern that spells out leap years would be most of the document.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _address, ...schema }]) => [name, schema]),
  );
}
