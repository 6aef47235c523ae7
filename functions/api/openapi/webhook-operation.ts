/** Of another function, past the authorizer: part of the same API, so that whoever reads about it finds it here. */
export const WEBHOOK_PATH = '/v1/webhooks/{connection}';

const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

export const WEBHOOK_OPERATION = {
  operationId: 'takeWebhook',
  summary: 'Take a vendor’s webhook: a hint that records may have changed',
  description: 'Known by its signature, not by a token. A repetition is answered like the first, and changes nothing.',
  security: [],
  parameters: [{ name: 'connection', in: 'path', required: true, schema: { type: 'string', maxLength: 32 } }],
  requestBody: { required: true, content: { '*/*': { schema: {} } } },
  responses: {
    202: { description: 'Accepted: the records will be read from the source.' },
    401: refused('This is not known to come from the vendor (unverified-webhook)'),
    413: refused('The body is too large (body-too-large)'),
    503: refused('Something this route needs does not answer (unavailable): send the same again'),
  },
} as const;
