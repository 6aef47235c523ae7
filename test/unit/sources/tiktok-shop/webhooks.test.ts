import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import type { Connection } from '../../../../lib/ports/connections.ts';
import { tikTokWebhooks } from '../../../../lib/sources/tiktok-shop/webhooks.ts';
import { TIKTOK_SECRETS, TIKTOK_SHOP, tikTokConnection } from '../../../support/tiktok-connection.ts';

/** The example of partner.tiktokshop.com/docv2/page/tts-webhooks-overview. */
const EXAMPLE = {
  body: '{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}',
  authorization: '5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05',
  at: instantFromMs(1_718_305_585_000),
};
const EXAMPLE_CONNECTION = tikTokConnection(
  { appKey: 'abcdef', shops: undefined },
  { secrets: { ...TIKTOK_SECRETS, appSecret: '123' } },
);
const NOW = instantFromMs(1_795_243_620_000);

function read(
  body: string | Uint8Array,
  authorization: string,
  { connection = EXAMPLE_CONNECTION, now = EXAMPLE.at }: { connection?: Connection; now?: typeof NOW } = {},
) {
  return tikTokWebhooks.read(connection, { headers: { authorization }, query: {}, body: Buffer.from(body) }, now);
}

/** What the vendor would send about these data just now, to a connection of one shop. */
function pushed(notification: object, connection: Connection = tikTokConnection()) {
  const body = JSON.stringify({
    tts_notification_id: '73',
    shop_id: TIKTOK_SHOP.id,
    timestamp: NOW / 1_000,
    ...notification,
  });
  const sign = createHmac('sha256', TIKTOK_SECRETS.appSecret).update(`6abcdefghijkl${body}`).digest('hex');
  return read(body, sign, { connection, now: NOW });
}

describe('a webhook of TikTok', () => {
  it("is taken when it is signed as in the vendor's own example", () => {
    expect(read(EXAMPLE.body, EXAMPLE.authorization)).toEqual({
      outcome: 'genuine',
      delivery: '7380066284010030890',
      hints: [{ stream: 'orders', ids: ['576653688135258178'], partition: '7495540735365777507' }],
    });
  });

  it.each([
    ['a changed byte', EXAMPLE.body.replace('UNPAID', 'UNPAIX'), EXAMPLE.authorization],
    ['a space more', `${EXAMPLE.body} `, EXAMPLE.authorization],
    ['no signature', EXAMPLE.body, ''],
    ['half a signature', EXAMPLE.body, EXAMPLE.authorization.slice(0, 32)],
  ])('is refused with %s', (_what, body, authorization) => {
    expect(read(body, authorization)).toEqual({ outcome: 'refused', problem: 'the signature is wrong' });
  });

  it('is refused with the secret or the key of another application', () => {
    for (const connection of [
      tikTokConnection({ appKey: 'abcdef' }),
      { ...EXAMPLE_CONNECTION, settings: { appKey: 'abcdeg' } },
    ]) {
      expect(read(EXAMPLE.body, EXAMPLE.authorization, { connection })).toMatchObject({ outcome: 'refused' });
    }
  });

  it.each([
    [-301, 'refused'],
    [-300, 'genuine'],
    [300, 'genuine'],
    [301, 'refused'],
  ])('that reaches us %d seconds after it says it was pushed is %s', (seconds, outcome) => {
    const now = instantFromMs(EXAMPLE.at + seconds * 1_000);
    expect(read(EXAMPLE.body, EXAMPLE.authorization, { now }).outcome).toBe(outcome);
  });

  it('without a time is refused', () => {
    expect(pushed({ timestamp: undefined })).toEqual({ outcome: 'refused', problem: 'its timestamp is not of now' });
  });

  it.each([
    ['an order', { order_id: '577087614418520388' }, 'orders', ['577087614418520388']],
    [
      'a package of several orders',
      { package_list: [{ order_id_list: ['11', '12'] }, { order_id_list: ['12', '13'] }] },
      'orders',
      ['11', '12', '13'],
    ],
    ['a product by a bare number', { product_id: 1729382588 }, 'products', ['1729382588']],
    ['an order and its products', { order_id: '5', line_items: [{ product_id: '6' }] }, 'orders', ['5']],
  ])('about %s hints at it', (_what, data, stream, ids) => {
    expect(pushed({ data })).toMatchObject({ hints: [{ stream, ids, partition: TIKTOK_SHOP.id }] });
  });

  it('keeps every digit of an id that comes as a number', () => {
    const body = `{"shop_id":7495540735365777507,"timestamp":1718305585,"data":{"product_id":1729382588639839583}}`;
    const sign = createHmac('sha256', '123').update(`abcdef${body}`).digest('hex');
    expect(read(body, sign)).toMatchObject({
      hints: [{ stream: 'products', ids: ['1729382588639839583'], partition: '7495540735365777507' }],
    });
  });

  it.each([
    ['about nothing that is synced', { data: { conversation_id: '1' } }],
    ['about a shop that is not read', { shop_id: '7495540735365777507', data: { order_id: '5' } }],
    ['with an id that is none', { data: { order_id: '5 OR 1' } }],
  ])('%s hints at nothing', (_what, notification) => {
    expect(pushed(notification)).toEqual({ outcome: 'genuine', delivery: '73', hints: [] });
  });

  it('names the shop as it is stored', () => {
    const connection = tikTokConnection({}, { namespace: 'vn' });
    expect(pushed({ data: { order_id: '5' } }, connection)).toMatchObject({
      hints: [{ partition: `vn~${TIKTOK_SHOP.id}` }],
    });
  });

  it('that has no name of its own is named by its content', () => {
    const first = pushed({ tts_notification_id: undefined, data: { order_id: '5' } });
    const again = pushed({ tts_notification_id: undefined, data: { order_id: '5' } });
    const other = pushed({ tts_notification_id: undefined, data: { order_id: '6' } });
    expect(first).toEqual(again);
    expect(first.outcome === 'genuine' && other.outcome === 'genuine' && first.delivery !== other.delivery).toBe(true);
  });
});
