/**
 * Fields that hold free text about somebody's health, or numbers of health insurance. They are cut from every record
 * unless the connection's `include` names them. Clinics define custom fields as they like, so these are among them.
 */
export const PRIVATE_FIELDS = {
  patients: [
    'notes',
    'appointment_notes',
    'medicare',
    'medicare_reference_number',
    'dva_card_number',
    'invoice_extra_information',
    'custom_fields',
  ],
  appointments: ['notes', 'cancellation_note', 'cancellation_reason_description'],
} as const;
