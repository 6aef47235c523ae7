import { describe, expect, it } from 'vitest';
import { createWebhook, type WebhookEvent } from '../../../functions/webhook/webhook.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import type { Connection, Connections } from '../../../lib/ports/connections.ts';
import type { OutgoingTask } from '../../../lib/ports/task-queue.ts';
import { WEBHOOK_READERS } from '../../../lib/sources/webhook-readers.ts';
import { InMemoryDeliveryMarks } from '../../fakes/in-memory-delivery-marks.ts';
import { InMemoryHintInbox } from '../../fakes/in-memory-hint-inbox.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../../support/signed-webhook.ts';
import { ZOHO_SECRETS, zohoConnection } from '../../support/zoho-connection.ts';

const ID = '4433256000013547003';
const STREAM = { connection: 'main', stream: 'registrations' };
const BODY = JSON.stringify({ ids: [ID] });

function signing(rest: Partial<Connection> = {}): Connection {
  return zohoConnection({}, { secrets: { ...ZOHO_SECRETS, webhookSecret: WEBHOOK_SECRET }, ...rest });
}

function setUp(connections: readonly Connection[] = [signing()]) {
  const clock = new ManualClock();
  const telemetry = new InMemoryTelemetry();
  const hints = new InMemoryHintInbox(clock);
  const sent: OutgoingTask[] = [];
  const state = { refusing: false };
  let lists = 0;
  const listed: Connections = {
    list: async () => {
      lists += 1;
      return { connections, broken: [] };
    },
  };
  const dependencies = {
    connections: listed,
    readers: WEBHOOK_READERS,
    marks: new InMemoryDeliveryMarks(clock),
    hints,
    queue: {
      send: async (tasks: readonly OutgoingTask[]) => {
        if (state.refusing) return tasks;
        sent.push(...tasks);
        return [];
      },
    },
    clock,
    telemetry,
  };
  const webhook = createWebhook(dependencies);
  const event = (body = BODY, headers = signedHeaders(body, clock.now()), connection = 'main'): WebhookEvent => ({
    rawQueryString: '',
    headers,
    pathParameters: { connection },
    body,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1' },
  });
  return { webhook, event, clock, telemetry, hints, sent, state, dependencies, lists: () => lists };
}

describe('the webhook', () => {
  it('takes what the vendor signed, and has a worker ask for it before anything scheduled', async () => {
    const { webhook, event, hints, sent, telemetry } = setUp();
    expect(await webhook(event())).toMatchObject({ statusCode: 202, body: '{"status":"accepted"}' });
    expect(sent).toEqual([{ task: { ...STREAM, partition: '*', task: 'hint' }, lane: 'priority' }]);
    expect(await hints.take(STREAM)).toMatchObject({ outcome: 'taken', records: [{ id: ID }] });
    expect(telemetry.sum('WebhooksAccepted')).toBe(1);
  });

  it('checks the bytes that were sent, also when the gateway encoded them', async () => {
    const { webhook, event, clock, sent } = setUp();
    const text = '{"ids":["1"],"note":"naïve 😀"}';
    const encoded = { ...event(text, signedHeaders(text, clock.now())), isBase64Encoded: true };
    expect((await webhook({ ...encoded, body: Buffer.from(text).toString('base64') })).statusCode).toBe(202);
    expect((await webhook({ ...encoded, body: Buffer.from(`${text} `).toString('base64') })).statusCode).toBe(401);
    expect(sent).toHaveLength(1);
  });

  it('finds the headers however they are written', async () => {
    const { webhook, event, clock } = setUp();
    const headers = Object.entries(signedHeaders(BODY, clock.now())).map(([name, value]) => [
      name.toUpperCase(),
      value,
    ]);
    expect((await webhook(event(BODY, Object.fromEntries(headers)))).statusCode).toBe(202);
  });

  it('answers a repetition like the first, and does nothing', async () => {
    const { webhook, event, sent, telemetry } = setUp();
    const first = await webhook(event());
    sent.length = 0;
    expect(await webhook(event())).toEqual(first);
    expect(sent).toEqual([]);
    expect(telemetry.sum('WebhooksAccepted')).toBe(1);
  });

  it('has the vendor send again what could not be queued', async () => {
    const { webhook, event, sent, state } = setUp();
    state.refusing = true;
    expect((await webhook(event())).statusCode).toBe(503);
    state.refusing = false;
    expect((await webhook(event())).statusCode).toBe(202);
    expect(sent).toHaveLength(1);
  });

  it('has the vendor send again when something does not answer, and says why to the log alone', async () => {
    const { event, telemetry, dependencies } = setUp();
    const claim = async () => {
      throw new Error('the table did not answer');
    };
    const webhook = createWebhook({ ...dependencies, marks: { claim, release: async () => {} } });
    const answer = await webhook(event());
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain('table');
    expect(telemetry.logs.at(-1)).toMatchObject({ level: 'error', fields: { reason: 'the table did not answer' } });
  });
});

describe('whoever is not the vendor', () => {
  const plain = zohoConnection({}, { id: 'plain' });
  const disabled = signing({ id: 'disabled', enabled: false });
  const unknownKind = signing({ id: 'other', source: 'somewhere' });

  it('is told the same of a connection that there is and of one that there is not', async () => {
    const { webhook, event, clock, sent, telemetry } = setUp([signing(), plain, disabled, unknownKind]);
    const wrong = signedHeaders(BODY, clock.now(), { secret: 'x'.repeat(40) });
    const old = signedHeaders(BODY, plusMs(clock.now(), -300_001));
    const right = signedHeaders(BODY, clock.now());
    const answers = [
      await webhook(event(BODY, wrong)),
      await webhook(event(BODY, old)),
      await webhook(event('{"ids":["1"]}', right)),
      await webhook(event(BODY, right, 'nobody')),
      await webhook(event(BODY, right, '../main')),
      await webhook(event(BODY, right, '')),
      await webhook(event(BODY, right, 'plain')),
      await webhook(event(BODY, right, 'disabled')),
      await webhook(event(BODY, right, 'other')),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.statusCode).toBe(401);
    expect(sent).toEqual([]);
    expect(telemetry.sum('WebhooksRefused')).toBe(answers.length);
  });

  it('leaves nothing of what was sent in the log', async () => {
    const { webhook, event, telemetry, clock } = setUp();
    const body = '{"ids":["77777777"],"name":"a person"}';
    const headers = signedHeaders(body, clock.now(), { secret: 'y'.repeat(40) });
    await webhook(event(body, headers));
    await webhook(event(body, headers, 'guessed-name'));
    const said = JSON.stringify(telemetry.logs);
    for (const text of [
      '77777777',
      'a person',
      headers['x-tidemark-signature'] ?? '-',
      WEBHOOK_SECRET,
      'guessed-name',
    ]) {
      expect(said).not.toContain(text);
    }
    expect(said).toContain('the signature is wrong');
  });

  it('is stopped at 64 kB before anything is looked at', async () => {
    const { webhook, event, sent, lists } = setUp();
    const large = JSON.stringify({ ids: [ID], note: 'x'.repeat(64 * 1024) });
    expect((await webhook(event(large))).statusCode).toBe(413);
    const encoded = event(Buffer.from(large).toString('base64'));
    expect((await webhook({ ...encoded, isBase64Encoded: true })).statusCode).toBe(413);
    const many = `{"ids":["1"],"note":"${'é'.repeat(40_000)}"}`;
    expect((await webhook(event(many))).statusCode).toBe(413);
    expect(sent).toEqual([]);
    expect(lists()).toBe(0);
  });

  it('may send nothing at all', async () => {
    const { webhook, event } = setUp();
    const { body: _body, pathParameters: _path, ...bare } = event();
    expect((await webhook({ ...bare, headers: {} })).statusCode).toBe(401);
  });
});
