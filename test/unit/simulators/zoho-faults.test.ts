import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../simulators/zoho-creator/faults.ts';
import { smallData } from './small-data.ts';
import { askForToken, withZoho, type ZohoTestClient } from './zoho-test-client.ts';

const PATH = '/creator/v2.1/data/tidemark/event-registrations/report/All_Registrations';

async function broken(client: ZohoTestClient, fault: FaultName): Promise<Response> {
  client.simulator.control.injectFault({ on: 'records', fault });
  return fetch(`${client.simulator.url}${PATH}`, { signal: AbortSignal.timeout(200) });
}

describe('injected faults', () => {
  it.each([
    ['401-1030', 401, 1030],
    ['401-2945', 401, 2945],
    ['403-2898', 403, 2898],
    ['404-2930', 404, 2930],
    ['429-2955', 429, 2955],
    ['200-4000', 200, 4000],
    ['400-9220', 400, 9220],
  ] as const)('%s is answered once', (fault, status, code) =>
    withZoho({ data: smallData(1) }, async (client) => {
      client.simulator.control.injectFault({ on: 'registrations', fault });
      expect(await client.get()).toMatchObject({ status, code });
      expect((await client.get()).code).toBe(3000);
    }),
  );

  it.each([
    ['html-200', 200],
    ['html-502', 502],
    ['503', 503],
  ] as const)('%s is a page for people', (name, status) =>
    withZoho({ data: smallData(1) }, async (client) => {
      const response = await broken(client, name);
      expect(response.status).toBe(status);
      expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
    }),
  );

  it.each(['reset', 'hang', 'lost-answer'] as const)('%s leaves the caller without an answer', (name) =>
    withZoho({ data: smallData(1) }, async (client) => {
      await expect(broken(client, name)).rejects.toThrow(name === 'hang' ? /aborted/ : 'fetch failed');
    }),
  );

  it('truncate sends half a body as if it were all, cut breaks off half-way', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      const half = await (await broken(client, 'truncate')).text();
      expect(() => JSON.parse(half)).toThrow(SyntaxError);
      const response = await broken(client, 'cut');
      await expect(response.text()).rejects.toThrow('terminated');
    }));

  it('no-date leaves the Date header out', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      expect((await broken(client, 'no-date')).headers.has('date')).toBe(false);
    }));

  it('delay holds its place among the concurrent calls', () =>
    withZoho({ data: smallData(1), limits: { concurrent: 1 } }, async (client) => {
      client.simulator.control.injectFault({ on: 'records', fault: { kind: 'delay', delayMs: 100 } });
      const answers = await Promise.all([client.get(), client.get()]);
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 429]);
    }));

  it('empty-page has no records and a cursor to the real page', () =>
    withZoho({ data: smallData(300) }, async (client) => {
      const usual = await client.get();
      client.simulator.control.injectFault({ on: 'records', fault: 'empty-page' });
      const empty = await client.get();
      expect(empty).toMatchObject({ status: 200, code: 3000, data: [] });
      expect((await client.get({}, { cursor: empty.next ?? '' })).ids).toEqual(usual.ids);
    }));

  it('repeat-cursor leads to the same page again', () =>
    withZoho({ data: smallData(300) }, async (client) => {
      const cursor = (await client.get()).next ?? '';
      client.simulator.control.injectFault({ on: 'records', fault: 'repeat-cursor' });
      expect((await client.get({}, { cursor })).next).toBe(cursor);
    }));

  it('expired-cursor waits for a call with a cursor', () =>
    withZoho({ data: smallData(300) }, async (client) => {
      client.simulator.control.injectFault({ on: 'records', fault: 'expired-cursor' });
      const first = await client.get();
      expect(first.status).toBe(200);
      expect(await client.get({}, { cursor: first.next ?? '' })).toMatchObject({ status: 400, code: 3710 });
    }));

  it('spare some calls, hit some, and then stop', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      client.simulator.control.injectFault({ on: 'records', fault: '429-2955', after: 1, times: 2 });
      const statuses: number[] = [];
      for (let call = 0; call < 4; call += 1) statuses.push((await client.get()).status);
      expect(statuses).toEqual([200, 429, 429, 200]);
    }));

  it('hit by chance until they are cleared', () =>
    withZoho({ data: smallData(1), limits: { perMinute: 1_000 } }, async (client) => {
      client.simulator.control.injectFault({ on: 'all', fault: '404-2930', probability: 0.5 });
      const statuses: number[] = [];
      for (let call = 0; call < 40; call += 1) statuses.push((await client.get()).status);
      expect(statuses.filter((status) => status === 404).length).toBeGreaterThan(8);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(8);
      client.simulator.control.clearFaults();
      expect((await client.get()).status).toBe(200);
    }));

  it('leave calls of another kind alone', () =>
    withZoho({ data: smallData(1) }, async (client) => {
      client.simulator.control.injectFault({ on: 'token', fault: 'html-502' });
      expect((await client.get()).status).toBe(200);
      await expect(askForToken(client.simulator)).rejects.toThrow(SyntaxError);
      expect((await askForToken(client.simulator)).status).toBe(200);
    }));
});
