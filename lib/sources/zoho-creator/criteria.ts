/** How Creator names forms, reports and fields in its API. */
export const LINK_NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** Creator's record ids. */
export const ZOHO_ID = /^\d{1,19}$/;

/** All that a date-time in one of the known formats is made of: nothing that could end a quoted literal. */
const DATE_TIME = /^[A-Za-z0-9./ :-]{1,32}$/;

/** More ids in one criterion would make the URL longer than gateways carry. */
export const MAX_IDS = 50;

/** How a lookup is compared with a record id; Creator's documentation does not say which form an application takes. */
export type LookupForm = 'dot-id' | 'bare' | 'quoted';

/**
 * A filter that Creator evaluates. It can be made only from checked names, ids of digits and date-times, so no text
 * from outside can change what it asks.
 */
export class Criterion {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Records added or modified at or after a local date-time. `>=`, because times have whole seconds only. */
  static changedSince(addedField: string, modifiedField: string, dateTime: string): Criterion {
    const literal = `'${checked(dateTime, DATE_TIME, 'a date-time')}'`;
    return new Criterion(`(${linkName(addedField)} >= ${literal} || ${linkName(modifiedField)} >= ${literal})`);
  }

  /** Records whose lookup field names the record `id`. */
  static lookupIs(field: string, id: string, form: LookupForm): Criterion {
    const name = linkName(field);
    const digits = recordId(id);
    if (form === 'dot-id') return new Criterion(`${name}.ID == "${digits}"`);
    return new Criterion(form === 'bare' ? `${name} == ${digits}` : `${name} == "${digits}"`);
  }

  /** Exactly these records. @throws RangeError unless there are 1 to 50 ids */
  static idIn(ids: readonly string[]): Criterion {
    if (ids.length === 0 || ids.length > MAX_IDS) throw new RangeError(`a criterion takes 1 to ${MAX_IDS} ids`);
    return new Criterion(`(${ids.map((id) => `ID == ${recordId(id)}`).join(' || ')})`);
  }

  /** Records that meet all of one or more criteria. */
  static allOf(first: Criterion, ...rest: readonly Criterion[]): Criterion {
    return rest.length === 0 ? first : new Criterion([first, ...rest].map((criterion) => criterion.text).join(' && '));
  }
}

function linkName(text: string): string {
  return checked(text, LINK_NAME, 'a link name');
}

function recordId(text: string): string {
  return checked(text, ZOHO_ID, 'a record id');
}

function checked(text: string, pattern: RegExp, what: string): string {
  if (!pattern.test(text)) throw new RangeError(`not ${what} of Zoho Creator`);
  return text;
}
