import type { SeededRandom } from '../seeded-random.ts';
import { type FieldValues, type LookupValue, lookupValue } from './simulated-data.ts';

const FAMILY = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Huỳnh', 'Phan', 'Vũ', 'Võ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ', 'Ngô'];
const MIDDLE = ['Thị', 'Văn', 'Minh', 'Ngọc', 'Thanh', 'Quốc', 'Hữu', 'Thu', 'Gia', 'Bảo', 'Đức', 'Kim'];
const GIVEN = [
  'An',
  'Bình',
  'Châu',
  'Dũng',
  'Hạnh',
  'Hương',
  'Khánh',
  'Lan',
  'Linh',
  'Nga',
  'Phương',
  'Quỳnh',
  'Sơn',
  'Tú',
  'Yến',
];
const COMPANIES = [
  'Công ty TNHH Sao Mai',
  'FPT Software',
  'Trường ĐH Bách Khoa',
  'O’Brien & Söhne',
  'Ngân hàng Á Châu',
  '',
];
const TICKETS = ['VIP', 'Standard', 'Student', 'Early Bird', 'Speaker'];
const STATUSES = ['Confirmed', 'Confirmed', 'Confirmed', 'Pending', 'Cancelled'];
const INTERESTS = ['AI/ML', 'Thiết kế', 'Khởi nghiệp', 'Data, "Big" & small', 'DevOps', 'Marketing', 'Bảo mật'];
const REFERRALS = ['', '', 'Facebook', 'Zalo', 'Bạn bè', 'https://example.com/?utm_source=news&utm_medium=email'];
const SENTENCES = [
  'Xin giữ chỗ gần sân khấu.',
  'Ăn chay, dị ứng đậu phộng.',
  'Sẽ đến muộn khoảng 30 phút.',
  'Cần xuất hoá đơn VAT cho công ty.',
  'Please send the confirmation to my colleague as well.',
  'Đi cùng hai người bạn, xin xếp chung bàn.',
  'Vui lòng gọi trước khi gửi vé.',
  'Was here last year and would like the same hotel rate.',
];

/** Texts that break careless readers; one is appended to the notes of about every thirteenth record. */
const HOSTILE_NOTES = [
  'He said "yes" and then \'no\'.',
  'C:\\Users\\Lan\\Desktop\\ve.pdf',
  '<b>VIP</b><script>alert("x")</script></div>',
  '🎉👩‍💻🇻🇳 hẹn gặp lại 👍🏽',
  'nul \u0000 bell \u0007 separator \u2028 end',
  'half an emoji \ud83d',
  '"}]},{"ID":"1","Modified_Time":"01-Jan-2099 00:00:00"},[{',
  'dòng 1\r\ndòng 2\tcột 2',
  '__proto__ constructor $& $1 %s {{y}} #{z}',
  'e\u0301 is not \u00e9',
];

const SESSIONS: readonly LookupValue[] = [
  'Khai mạc / Keynote',
  'Workshop: "Hello, AI"',
  'Panel <Fintech>',
  'Networking ☕',
  'Hội thảo thiết kế',
  'Bế mạc',
].map((title, index) => lookupValue(`44332560000135${String(10_003 + index * 997).padStart(5, '0')}`, title));

/** One registration's own fields, of about 600 to 1,100 bytes together with the system's. */
export function makeUpRegistration(random: SeededRandom): FieldValues {
  const name = `${random.pick(FAMILY)} ${random.pick(MIDDLE)} ${random.pick(GIVEN)}`;
  const number = random.digits(8);
  return {
    Full_Name: name,
    Email: `${asciiName(name)}.${number.slice(0, 4)}@example.com`,
    Phone: `0${random.pick(['3', '5', '7', '8', '9'])}${number}`,
    Company: random.pick(COMPANIES),
    Ticket_Type: random.pick(TICKETS),
    Registration_Code: `TM-${random.hex(8).toUpperCase()}`,
    Status: random.pick(STATUSES),
    Checked_In: random.pick(['false', 'false', 'true']),
    Interests: random.sample(INTERESTS, random.integer(4)),
    Sessions: random.sample(SESSIONS, random.integer(3)),
    Amount: `${random.integer(2_500) * 1_000}.00`,
    Notes: makeUpNotes(random),
    Referral: random.pick(REFERRALS),
  };
}

export function makeUpNotes(random: SeededRandom): string {
  const sentences = Array.from({ length: random.integer(5) }, () => random.pick(SENTENCES));
  if (random.integer(13) === 0) sentences.push(random.pick(HOSTILE_NOTES));
  return sentences.join(' ');
}

function asciiName(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase().replace(/ /g, '.');
}
