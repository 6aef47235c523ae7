/** How a vendor's or a file's phone numbers are written. */
export interface PhoneRules {
  /** Digits of the country that numbers written without one are of: `91`. Absent: such numbers stay without. */
  readonly countryCode?: string;
  /** How many digits a number of that country has, its trunk zero left out: it tells `91…` the country from `91…` a number. */
  readonly nationalDigits?: number;
}

const FEWEST_DIGITS = 5;
/** The most that E.164 allows, country included. */
const MOST_DIGITS = 15;
const WRITTEN = /^\+?[\d\s().\-/\u2010-\u2015]+$/;
/** A number that a spreadsheet took for a quantity. */
const DECIMAL = /^(\d+)\.0+$/;
const TRUNK_ZERO_IN_BRACKETS = /\(\s*0\s*\)/;

/**
 * One spelling for every way of writing a phone number: its digits with the country in front, no sign before them.
 * `undefined` when the text is no phone number: empty, with letters, too short or too long for one, or all zeros.
 * Two numbers in one field are none. Says nothing about whether the number exists.
 */
export function normalPhone(text: string, rules: PhoneRules): string | undefined {
  const written = text.normalize('NFKC').trim();
  const plain = DECIMAL.exec(written)?.[1] ?? written;
  if (!WRITTEN.test(plain)) return undefined;
  const digits = withCountry(plain, rules);
  const fits = digits.length >= FEWEST_DIGITS && digits.length <= MOST_DIGITS;
  return fits && !/^0+$/.test(digits) ? digits : undefined;
}

function withCountry(written: string, { countryCode, nationalDigits }: PhoneRules): string {
  if (written.startsWith('+')) return digitsOf(written.replace(TRUNK_ZERO_IN_BRACKETS, ''));
  const digits = digitsOf(written);
  if (digits.startsWith('00')) return digits.slice(2);
  const national = digits.replace(/^0/, '');
  if (countryCode === undefined) return national;
  const isTrunk = national !== digits;
  if (nationalDigits === undefined) return countryCode + national;
  if (!isTrunk && digits.startsWith(countryCode) && digits.length === countryCode.length + nationalDigits)
    return digits;
  return national.length === nationalDigits ? countryCode + national : national;
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
