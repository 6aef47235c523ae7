/** Which deliveries of webhooks are known, per connection. Kept for two days: longer than any is believed. */
export interface DeliveryMarks {
  /** Marks a delivery as known. @returns whether it was not */
  claim(connection: string, delivery: string): Promise<boolean>;
  /** Takes the mark back, because what the delivery asked for was not done. */
  release(connection: string, delivery: string): Promise<void>;
}
