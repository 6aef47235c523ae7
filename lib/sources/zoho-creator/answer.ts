import type { SourceResponse } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import { sliceJsonArray } from '../kit/json-slices.ts';
import { retryAfterMs } from '../kit/retry-after.ts';
import type { Answer } from './classify.ts';

export interface ReadAnswer {
  readonly answer: Answer;
  /** The exact text of every record; empty when the answer holds none. */
  readonly elements: readonly string[];
}

/** Takes a response of Creator apart, whatever it is: records, an error in any of its shapes, or no JSON at all. */
export function readAnswer(response: SourceResponse): ReadAnswer {
  const sliced = sliceJsonArray(response.body, 'data');
  const pauseMs = retryAfterMs(response.headers['retry-after'], response.date);
  const code = sliced && codeOf(ownField(sliced.envelope, 'code'));
  const message = sliced && messageOf(sliced.envelope);
  return {
    answer: {
      status: response.status,
      body: sliced === undefined ? 'not-json' : sliced.elements === undefined ? 'json' : 'records',
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
      ...(pauseMs === undefined ? {} : { retryAfterMs: pauseMs }),
    },
    elements: sliced?.elements ?? [],
  };
}

function codeOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,6}$/.test(text) ? text : undefined;
}

function messageOf(envelope: Readonly<Record<string, unknown>>): string | undefined {
  const texts = ['description', 'message', 'error'].map((name) => ownField(envelope, name));
  return texts.find((text) => typeof text === 'string');
}
