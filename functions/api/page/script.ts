/**
 * Runs in the browser. Everything from the API is put on the page as text, never as markup; the token stays in this
 * tab's session storage.
 */
export const SCRIPT = `
'use strict';
const KEY = 'tidemark-token';
const REFRESH_MS = 15000;
const TIMEOUT_MS = 20000;
const byId = (id) => document.getElementById(id);
let timer;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function duration(seconds) {
  if (seconds === null) return 'never read';
  if (seconds < 120) return seconds + ' s';
  if (seconds < 7200) return Math.round(seconds / 60) + ' min';
  if (seconds < 172800) return Math.round(seconds / 3600) + ' h';
  return Math.round(seconds / 86400) + ' days';
}

function clock(iso) {
  return iso === null ? '–' : new Date(iso).toLocaleTimeString();
}

function condition(stream) {
  if (stream.paused) return ['paused', 'warn'];
  if (!stream.running) return stream.enabled ? ['brought by hand', 'note'] : ['disabled', 'warn'];
  if (stream.failures > 0) return ['failing: ' + (stream.lastError || 'unknown'), 'bad'];
  if (stream.rebuilding) return ['lost in the cache, being read again', 'bad'];
  if (stream.walk && stream.walk.error) return ['reading everything fails: ' + stream.walk.error, 'bad'];
  if (stream.walk) return ['reading everything: ' + stream.walk.seen + ' records so far', 'warn'];
  if (!stream.loaded && stream.watermark === null) return ['waiting for its first load', 'warn'];
  if (!stream.loaded) return ['loading: ' + stream.partitions.behind + ' of ' + stream.partitions.total + ' behind', 'warn'];
  if (stream.stale) return ['stale', 'bad'];
  return ['in sync', 'ok'];
}

function rhythm({ schedule, intervalMinutes }) {
  if (schedule && schedule.changes) return schedule.changes + ' (' + schedule.timeZone + ')';
  return intervalMinutes.effective + ' min, ' + intervalMinutes.reason;
}

function streamRow(stream) {
  const row = make('tr');
  const name = make('th', stream.stream);
  name.scope = 'row';
  const parts = stream.partitions;
  const [state, className] = condition(stream);
  const cells = [
    make('td', state, className),
    make('td', duration(stream.freshnessSeconds), 'number'),
    make('td', rhythm(stream)),
    make('td', clock(stream.nextRunAt), 'number'),
    make('td', parts.total + ' ' + stream.partitionKind + '(s), ' + parts.behind + ' behind, ' + parts.pending + ' pending'
      + (parts.truncated ? ' (of the first counted)' : '')),
    make('td', String(parts.records), 'number'),
  ];
  row.append(name, ...cells);
  return row;
}

function streamTable(connection) {
  const table = make('table');
  table.append(make('caption', 'Streams of ' + connection.id));
  const head = make('tr');
  for (const title of ['Stream', 'State', 'Freshness', 'Interval', 'Next run', 'Partitions', 'Records']) {
    const cell = make('th', title);
    cell.scope = 'col';
    head.append(cell);
  }
  table.append(head, ...connection.streams.map(streamRow));
  const scroll = make('div', undefined, 'scroll');
  scroll.append(table);
  return scroll;
}

function curl(path, method) {
  const base = 'curl ' + (method ? '-X ' + method + ' ' : '') + '-H "Authorization: Bearer $TOKEN" ';
  return base + '"' + location.origin + path + '"';
}

function finding(text, className, commands) {
  const note = make('div', undefined, 'finding');
  note.append(make('p', text, className), ...commands.map((command) => make('code', command)));
  return note;
}

function heldPlans(stream, connection) {
  const first = stream.heldPlans[0];
  if (first === undefined) return [];
  const many = stream.heldPlans.length === 1 ? 'A deletion waits' : stream.heldPlans.length + ' deletions wait';
  return [finding(stream.stream + ': ' + many + ' for your decision. Look at it, then apply or discard it.', 'bad', [
    curl('/v1/plans?connection=' + connection + '&state=held'),
    curl('/v1/plans/' + first + '/apply', 'POST'),
    curl('/v1/plans/' + first + '/discard', 'POST'),
  ])];
}

function drift(stream, connection) {
  const audit = stream.lastAudit;
  if (audit === null || audit.drift === null) return [];
  const kinds = Object.entries(audit.drift).filter(([, count]) => count > 0).map(([kind, count]) => count + ' ' + kind);
  const when = stream.stream + ': the audit of ' + new Date(audit.at).toLocaleString() + ' found ';
  if (kinds.length === 0) return [finding(when + 'no difference.', 'note', [])];
  return [finding(when + kinds.join(', ') + '.', 'warn', [curl('/v1/drift/' + connection + '/' + stream.stream)])];
}

function quarantined(stream, connection) {
  const { count, more } = stream.quarantined;
  if (count === 0) return [];
  const text = stream.stream + ': ' + count + (more ? ' or more' : '') + ' record(s) in quarantine.';
  return [finding(text, 'warn', [curl('/v1/quarantine/' + connection + '/' + stream.stream)])];
}

function budgetText(budget) {
  const day = budget.perDay === null ? '' : ', ' + budget.dayUsed + ' of ' + budget.perDay + ' today (resets ' + clock(budget.resetsAt) + ')';
  const pause = budget.pausedUntil === null ? '' : '. Paused until ' + clock(budget.pausedUntil) + ': ' + budget.pauseReason;
  return 'Source calls: ' + budget.minuteUsed + ' of ' + budget.perMinute + ' this minute' + day + pause;
}

function breakerNotes({ breaker }) {
  if (breaker.state === 'closed') return [];
  const text = 'The source is down since ' + new Date(breaker.since).toLocaleString() + ': ' + breaker.failures
    + ' failures in a row. Tried again ' + clock(breaker.retryAt) + '.';
  return [make('p', text, 'bad')];
}

function connectionSection(connection) {
  const section = make('section');
  section.append(make('h2', connection.id + (connection.source ? ' (' + connection.source + ')' : '')));
  for (const problem of connection.problems) section.append(make('p', problem, 'bad'));
  if (connection.budget) {
    section.append(make('p', budgetText(connection.budget), 'note'), ...breakerNotes(connection.budget));
  }
  if (connection.streams.length > 0) section.append(streamTable(connection));
  for (const stream of connection.streams) {
    for (const find of [heldPlans, drift, quarantined]) section.append(...find(stream, connection.id));
  }
  return section;
}

function say(text, className) {
  const message = byId('message');
  message.textContent = text;
  message.className = className || 'note';
}

function show(status) {
  byId('connections').replaceChildren(...status.connections.map(connectionSection));
  say(status.connections.length === 0 ? 'No connection is set up yet.' : 'As of ' + clock(status.at) + '.');
}

async function refresh() {
  clearTimeout(timer);
  const token = sessionStorage.getItem(KEY);
  byId('forget').hidden = token === null;
  if (token === null) return;
  try {
    const response = await fetch('/v1/status', {
      headers: { authorization: 'Bearer ' + token },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else say(answer.title ? answer.title + '. ' + answer.detail : 'The API answered ' + response.status + '.', 'bad');
    if (response.status === 401) return;
  } catch {
    say('The API does not answer.', 'bad');
  }
  timer = setTimeout(refresh, REFRESH_MS);
}

byId('enter').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId('token').value.trim());
  byId('token').value = '';
  say('Asking…');
  refresh();
});
byId('forget').addEventListener('click', () => {
  sessionStorage.removeItem(KEY);
  byId('connections').replaceChildren();
  say('The token is forgotten.');
  refresh();
});
refresh();
`;
