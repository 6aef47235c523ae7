import { describe, expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../../../lib/domain/instant.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import type { WebhookVerdict } from '../../../../lib/ports/source.ts';
import { zohoWebhooks } from '../../../../lib/sources/zoho-creator/webhooks.ts';
import { zohoCreator } from '../../../../lib/sources/zoho-creator/zoho-creator.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../../../support/signed-webhook.ts';
import { ZOHO_SETTINGS, zohoConnection } from '../../../support/zoho-connection.ts';

const now = new ManualClock().now();
const ID = '4433256000013547003';

const base = zohoConnection();
const connection: Connection = { ...base, secrets: { ...base.secrets, webhookSecret: WEBHOOK_SECRET } };

function read(body: string | Uint8Array, headers = signedHeaders(body, now), to = connection): WebhookVerdict {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return zohoWebhooks.read(to, { headers, query: {}, body: bytes }, now);
}

const hints = (verdict: WebhookVerdict) => (verdict.outcome === 'genuine' ? verdict.hints : verdict.problem);

describe('a Zoho webhook', () => {
  it.each(['hex', 'base64'] as const)('signed in %s names records', (encoding) => {
    const body = JSON.stringify({ ids: [ID] });
    const verdict = read(body, signedHeaders(body, now, { encoding }));
    expect(hints(verdict)).toEqual([{ stream: 'registrations', ids: [ID] }]);
  });

  it('keeps every digit of an id that comes as a number', () => {
    expect(hints(read('{"ids":[4433256000013547003, 12]}'))).toEqual([{ stream: 'registrations', ids: [ID, '12'] }]);
  });

  it('counts as one delivery, however its signature is written', () => {
    const body = JSON.stringify({ ids: [ID] });
    const verdicts = (['hex', 'base64'] as const).map((encoding) => read(body, signedHeaders(body, now, { encoding })));
    const upper = signedHeaders(body, now);
    const shouted = { ...upper, 'x-tidemark-signature': upper['x-tidemark-signature']?.toUpperCase() ?? '' };
    const names = [...verdicts, read(body, shouted)].map((one) => (one.outcome === 'genuine' ? one.delivery : ''));
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes seconds or milliseconds for its time, of the last five minutes or the next', () => {
    const body = '{"ids":[]}';
    for (const ms of [-300_000, 0, 300_000])
      expect(read(body, signedHeaders(body, plusMs(now, ms))).outcome).toBe('genuine');
    const seconds = instantFromMs(Math.floor(now / 1_000) * 1_000);
    expect(read(body, signedHeaders(body, seconds, { inSeconds: true })).outcome).toBe('genuine');
    for (const ms of [-300_001, 300_001]) {
      expect(hints(read(body, signedHeaders(body, plusMs(now, ms))))).toBe('the timestamp is not of now');
    }
  });

  it.each([
    ['another secret', signedHeaders('{"ids":[]}', now, { secret: 'x'.repeat(40) })],
    ['another body', signedHeaders('{"ids":[1]}', now)],
    ['no signature', { 'x-tidemark-timestamp': String(now) }],
    ['no headers', {}],
    ['half a signature', { ...signedHeaders('{"ids":[]}', now), 'x-tidemark-signature': 'abcd' }],
    ['another timestamp', { ...signedHeaders('{"ids":[]}', now), 'x-tidemark-timestamp': String(now + 1) }],
  ])('with %s is refused for its signature', (_, headers) => {
    expect(hints(read('{"ids":[]}', headers))).toBe('the signature is wrong');
  });

  it('is refused where the connection has no secret for it', () => {
    expect(hints(read('{"ids":[]}', signedHeaders('{"ids":[]}', now), base))).toBe(
      'the connection has no webhookSecret, or a weak one',
    );
  });

  it.each(['', ' ', 'x'.repeat(31)])('is refused under a secret that could be guessed: "%s"', (webhookSecret) => {
    const weak: Connection = { ...base, secrets: { ...base.secrets, webhookSecret } };
    const headers = signedHeaders('{"ids":[]}', now, { secret: webhookSecret });
    expect(hints(read('{"ids":[]}', headers, weak))).toBe('the connection has no webhookSecret, or a weak one');
  });

  it('is signed to the byte', () => {
    const bytes = new TextEncoder().encode('{"ids":["12"],"note":"\u00e9"}');
    expect(read(bytes).outcome).toBe('genuine');
    const other = new TextEncoder().encode('{"ids":["12"],"note":"e\u0301"}');
    expect(read(other, signedHeaders(bytes, now)).outcome).toBe('refused');
  });

  it.each([
    ['text', 'no json'],
    ['a list', '[]'],
    ['no ids', '{}'],
    ['ids that are none', '{"ids":["1 || ID > 0"]}'],
    ['an id that is too long', `{"ids":["${'1'.repeat(20)}"]}`],
    ['more ids than a workflow has', JSON.stringify({ ids: Array.from({ length: 201 }, () => '1') })],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe)],
  ])('of %s is not understood, however well it is signed', (_, body) => {
    expect(hints(read(body))).toBe('the body is not understood');
  });

  it('about another report or stream is genuine, and nothing to ask for', () => {
    expect(hints(read('{"ids":["1"],"report":"Other"}'))).toEqual([]);
    expect(hints(read('{"ids":["1"],"stream":"orders"}'))).toEqual([]);
    const { report } = ZOHO_SETTINGS.registrations;
    expect(hints(read(JSON.stringify({ ids: ['1'], report, stream: 'registrations' })))).toHaveLength(1);
  });

  it('needs a secret that nobody guesses', () => {
    const guessable = { ...base, secrets: { ...base.secrets, webhookSecret: 'short' } };
    const problems = zohoCreator.problems(guessable, { allowLoopback: true });
    expect(problems).toEqual(['secrets.webhookSecret: must be 32 to 256 printable characters']);
    expect(zohoCreator.problems(connection, { allowLoopback: true })).toEqual([]);
  });
});
