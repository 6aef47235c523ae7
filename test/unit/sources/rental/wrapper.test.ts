import { describe, expect, it } from 'vitest';
import { readWrapper } from '../../../../lib/sources/rental/wrapper.ts';

const ROWS = '[{"bookingNo" : 1.50},{"bookingNo":4433256000013547003}]';
const ELEMENTS = ['{"bookingNo" : 1.50}', '{"bookingNo":4433256000013547003}'];

describe('the wrapper of an answer', () => {
  it.each([
    ['a bare array', ROWS],
    ['data', `{"data":${ROWS}}`],
    ['result', `{"result": ${ROWS} }`],
    ['dataSet', `{"status":true,"errorDescription":"","dataSet":${ROWS}}`],
    ['dataSet.data', `{"status":true,"errorDescription":null,"dataSet":{"count":2,"data":${ROWS}}}`],
    ['another case', `{"Status":"True","ErrorDescription":"","DataSet":{"Data":${ROWS}}}`],
    ['another spelling', `{"status":1,"error_description":"","data_set":{"data":${ROWS}}}`],
    ['a status of success', `{"status":200,"message":"ok","data":${ROWS}}`],
    ['one without a status', `{"dataSet":{"result":${ROWS}}}`],
    ['one beside an empty place for them', `{"status":true,"dataSet":[],"data":${ROWS}}`],
  ])('is seen through, and rows keep every byte: %s', (_shape, text) => {
    expect(readWrapper(text)).toEqual({ kind: 'rows', elements: ELEMENTS });
  });

  it.each(['[]', '{"status":true,"dataSet":[]}', '{"status":true,"dataSet":{"data":[]}}', '{"result":[]}'])(
    'with an empty array says that there is nothing: %s',
    (text) => {
      expect(readWrapper(text)).toEqual({ kind: 'rows', elements: [] });
    },
  );

  it.each([
    '{"status":false,"errorDescription":"No data","dataSet":null}',
    '{"status":"false","errorDescription":"No data","dataSet":{"data":[]}}',
    '{"Status":0,"Message":"No data","DataSet":[{"a":1}]}',
    '{"success":false,"message":"No data","data":[]}',
    '{"status":"failed","message":"No data"}',
    '{"status":500,"title":"No data","data":[]}',
    '{"status":"500","title":"No data","data":[]}',
  ])('that says it failed is a refusal, whatever stands beside it: %s', (text) => {
    expect(readWrapper(text)).toEqual({ kind: 'refused', said: 'No data' });
  });

  it.each(['{"status":true,"dataSet":null}', '{"status":true,"dataSet":{"data":null}}', '{"status":true}', '{}'])(
    'without a place for rows is never empty: %s',
    (text) => {
      expect(readWrapper(text)).toEqual({ kind: 'no-rows' });
    },
  );

  it.each(['', 'null', '"rows"', '<html></html>', '{"status":tru,"data":[]}', '{"data":[1,2]} more', '[1] [2]'])(
    'is none in %j',
    (text) => {
      expect(readWrapper(text)).toEqual({ kind: 'no-json' });
    },
  );

  it.each([ROWS, `{"status":true,"dataSet":{"data":${ROWS}}}`, `{"data":${ROWS}}`])(
    'that is cut short anywhere holds no rows: %s',
    (text) => {
      for (let length = 0; length < text.length; length++) {
        expect(readWrapper(text.slice(0, length)).kind).toBe('no-json');
      }
    },
  );
});
