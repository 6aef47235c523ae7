/** What a field holds, as far as criteria and answers treat it differently. */
export type FieldKind = 'id' | 'date-time' | 'lookup' | 'multi-lookup' | 'text' | 'number' | 'choices' | 'user';

export interface FieldDefinition {
  readonly name: string;
  readonly kind: FieldKind;
  /** The views of a record that show it, apart from "all". */
  readonly views: readonly ('quick' | 'detail')[];
}

export interface ReportDefinition {
  readonly stream: 'registrations' | 'events';
  readonly linkName: string;
  readonly fields: readonly FieldDefinition[];
}

export const OWNER = 'tidemark';
export const APP = 'event-registrations';
export const EVENT_FIELD = 'Event_Info';
export const TITLE_FIELD = 'Event_Name';

const BOTH = ['quick', 'detail'] as const;
const DETAIL = ['detail'] as const;
const NEITHER = [] as const;

/** The event stands before the record's own id: whoever takes the first `"ID"` of a record takes the wrong one. */
export const REGISTRATIONS: ReportDefinition = {
  stream: 'registrations',
  linkName: 'All_Registrations',
  fields: [
    { name: EVENT_FIELD, kind: 'lookup', views: BOTH },
    { name: 'ID', kind: 'id', views: BOTH },
    { name: 'Full_Name', kind: 'text', views: BOTH },
    { name: 'Email', kind: 'text', views: BOTH },
    { name: 'Phone', kind: 'text', views: BOTH },
    { name: 'Company', kind: 'text', views: DETAIL },
    { name: 'Ticket_Type', kind: 'text', views: BOTH },
    { name: 'Registration_Code', kind: 'text', views: BOTH },
    { name: 'Status', kind: 'text', views: BOTH },
    { name: 'Checked_In', kind: 'text', views: BOTH },
    { name: 'Interests', kind: 'choices', views: DETAIL },
    { name: 'Sessions', kind: 'multi-lookup', views: DETAIL },
    { name: 'Amount', kind: 'number', views: DETAIL },
    { name: 'Notes', kind: 'text', views: DETAIL },
    { name: 'Referral', kind: 'text', views: DETAIL },
    { name: 'Added_Time', kind: 'date-time', views: DETAIL },
    { name: 'Modified_Time', kind: 'date-time', views: DETAIL },
    { name: 'Added_User', kind: 'user', views: NEITHER },
    { name: 'Modified_User', kind: 'user', views: NEITHER },
  ],
};

export const EVENTS: ReportDefinition = {
  stream: 'events',
  linkName: 'All_Events',
  fields: [
    { name: 'ID', kind: 'id', views: BOTH },
    { name: TITLE_FIELD, kind: 'text', views: BOTH },
    { name: 'Venue', kind: 'text', views: BOTH },
    { name: 'Capacity', kind: 'number', views: DETAIL },
    { name: 'Added_Time', kind: 'date-time', views: DETAIL },
    { name: 'Modified_Time', kind: 'date-time', views: DETAIL },
  ],
};

export function fieldOf(report: ReportDefinition, name: string): FieldDefinition | undefined {
  return report.fields.find((field) => field.name === name);
}
