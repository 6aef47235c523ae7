import { createHash } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SCRIPT } from '../../../functions/api/page/script.ts';
import { connectionExample, streamExample } from '../../../functions/api/schemas/status-examples.ts';
import { ApiWorld } from './api-world.ts';

/** As much of a document as the page's script touches. */
class FakeElement {
  textContent = '';
  className = '';
  scope = '';
  value = '';
  hidden = false;
  readonly tag: string;
  children: FakeElement[] = [];
  readonly listeners = new Map<string, (event: { preventDefault(): void }) => void>();

  constructor(tag: string) {
    this.tag = tag;
  }

  append(...children: FakeElement[]): void {
    this.children.push(...children);
  }

  replaceChildren(...children: FakeElement[]): void {
    this.children = children;
  }

  addEventListener(name: string, listener: (event: { preventDefault(): void }) => void): void {
    this.listeners.set(name, listener);
  }

  /** All text below, in order. */
  text(): string {
    return [this.textContent, ...this.children.map((child) => child.text())].join('|');
  }
}

interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Opens the page, enters a token, and waits until the answer has been shown. */
async function openPage(answer: FakeAnswer) {
  const ids = new Map<string, FakeElement>();
  const byId = (id: string): FakeElement => {
    const element = ids.get(id) ?? new FakeElement('div');
    ids.set(id, element);
    return element;
  };
  const stored = new Map<string, string>();
  const calls: { readonly url: string; readonly authorization: string }[] = [];
  const timers: number[] = [];
  const context = createContext({
    document: { getElementById: byId, createElement: (tag: string) => new FakeElement(tag) },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    },
    fetch: async (url: string, init: { headers: { authorization: string } }) => {
      calls.push({ url, authorization: init.headers.authorization });
      return { ok: answer.status === 200, status: answer.status, json: async () => answer.body };
    },
    location: { origin: 'https://api.example.com' },
    AbortSignal,
    setTimeout: (_: unknown, ms: number) => timers.push(ms),
    clearTimeout: () => {},
  });
  new Script(SCRIPT).runInContext(context);
  byId('token').value = ' secret-token ';
  byId('enter').listeners.get('submit')?.({ preventDefault: () => {} });
  await new Promise((resolve) => setImmediate(resolve));
  return { byId, calls, stored, timers };
}

describe('the status page', () => {
  it('is served without a token, and allows exactly its own script and style', async () => {
    const { status, headers, text } = await new ApiWorld().get('/', '');
    const policy = headers['content-security-policy'] ?? '';
    const sources = ['script', 'style'].map((tag) => {
      const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1] ?? '';
      return `${tag}-src 'sha256-${createHash('sha256').update(content).digest('base64')}'`;
    });
    expect(status).toBe(200);
    for (const source of sources) expect(policy).toContain(source);
    expect(policy).not.toContain('unsafe');
    expect(text).not.toMatch(/(src|href)="(?!\/openapi\.json)/);
    expect(text).not.toMatch(/\son\w+=|\sstyle=/);
  });

  it('asks with the token it was given and keeps it in this tab only', async () => {
    const { calls, stored, byId } = await openPage({
      status: 200,
      body: { at: '2026-11-21T09:00:00.000Z', connections: [] },
    });
    expect(calls).toEqual([{ url: '/v1/status', authorization: 'Bearer secret-token' }]);
    expect([...stored.values()]).toEqual(['secret-token']);
    expect(byId('token').value).toBe('');
  });

  it('shows connections, budget, freshness and the reason of the interval', async () => {
    const body = { at: '2026-11-21T09:00:00.000Z', connections: [connectionExample] };
    const { byId, timers } = await openPage({ status: 200, body });
    const shown = byId('connections').text();
    for (const part of [
      'main (zoho-creator)',
      '412 of 1000 today',
      'registrations',
      'in sync',
      '90 s',
      'affords no shorter one',
    ]) {
      expect(shown).toContain(part);
    }
    expect(timers).toEqual([15_000]);
  });

  it('says since when a source is down', async () => {
    const since = '2026-11-21T06:46:40.000Z';
    const breaker = { state: 'open', since, failures: 5, retryAt: since };
    const budget = { ...connectionExample.budget, breaker };
    const connections = [{ ...connectionExample, budget }];
    const { byId } = await openPage({ status: 200, body: { at: since, connections } });
    expect(byId('connections').text()).toContain(
      `The source is down since ${new Date(since).toLocaleString()}: 5 failures in a row.`,
    );
  });

  it('shows what is wrong as text, never as markup', async () => {
    const stream = { ...streamExample, failures: 2, lastError: '<img src=x onerror=alert(1)>' };
    const bad = { ...connectionExample, problems: ['<b>settings.host</b>: is missing'], streams: [stream] };
    const { byId } = await openPage({ status: 200, body: { at: '2026-11-21T09:00:00.000Z', connections: [bad] } });
    expect(byId('connections').text()).toContain('<b>settings.host</b>: is missing');
    expect(byId('connections').text()).toContain('failing: <img src=x onerror=alert(1)>');
    expect(SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(/);
  });

  it('shows held deletions, drift and quarantine with the commands that go on from there', async () => {
    const body = { at: '2026-11-21T09:00:00.000Z', connections: [connectionExample] };
    const { byId } = await openPage({ status: 200, body });
    const shown = byId('connections').text();
    const [plan] = streamExample.heldPlans;
    for (const part of [
      'registrations: A deletion waits for your decision',
      `curl -X POST -H "Authorization: Bearer $TOKEN" "https://api.example.com/v1/plans/${plan}/apply"`,
      'found 64 missing.',
      '"https://api.example.com/v1/drift/main/registrations"',
      'registrations: 1 record(s) in quarantine.',
    ]) {
      expect(shown).toContain(part);
    }
  });

  it('says of a stream without findings that the audit found no difference, and nothing else', async () => {
    const drift = { missing: 0, stale: 0, extra: 0, corrupt: 0 };
    const lastAudit = { ...streamExample.lastAudit, drift };
    const stream = { ...streamExample, heldPlans: [], lastAudit, quarantined: { count: 0, more: false } };
    const connections = [{ ...connectionExample, streams: [stream, { ...stream, lastAudit: null }] }];
    const { byId } = await openPage({ status: 200, body: { at: '2026-11-21T09:00:00.000Z', connections } });
    expect(
      byId('connections')
        .text()
        .match(/no difference/g),
    ).toHaveLength(1);
    expect(byId('connections').text()).not.toMatch(/curl|quarantine|decision/);
  });

  it('says that a stream was lost in the cache', async () => {
    const connections = [{ ...connectionExample, streams: [{ ...streamExample, rebuilding: true }] }];
    const { byId } = await openPage({ status: 200, body: { at: '2026-11-21T09:00:00.000Z', connections } });
    expect(byId('connections').text()).toContain('lost in the cache, being read again');
  });

  it('says what a refusal says, and stops asking with a wrong token', async () => {
    const body = { title: 'A valid token is required', detail: 'Send a valid token.' };
    const { byId, timers } = await openPage({ status: 401, body });
    expect(byId('message').textContent).toBe('A valid token is required. Send a valid token.');
    expect(timers).toEqual([]);
  });
});
