import { startTikTokSimulator } from '../../../../test/simulators/tiktok-shop/tiktok-simulator.ts';
import { thousands } from '../costs.ts';
import type { SimulatedAccount, TrueStream } from './simulated-account.ts';

const ORDERS = 2_400;
const CHANGES = 10;
const STREAMS = ['orders', 'products'] as const;

/** A shop with 2,400 orders and 40 products. */
export async function startTikTokAccount(): Promise<SimulatedAccount> {
  const simulator = await startTikTokSimulator({ orders: ORDERS });
  const { url, control } = simulator;
  const shops = control.shops();
  const sizeOf = (stream: (typeof STREAMS)[number]): string =>
    `${thousands(shops.reduce((sum, shop) => sum + shop[stream], 0))} ${stream}`;
  const connection = simulator.connection();
  return {
    kind: 'tiktok-shop',
    url,
    summary: `TikTok Shop, simulated at ${url}: ${STREAMS.map(sizeOf).join(', ')}`,
    connections: [{ ...connection }],
    calls: () => {
      const { orders, products, ...others } = control.calls();
      return { records: orders + products, others: Object.values(others).reduce((sum, calls) => sum + calls, 0) };
    },
    truth: () =>
      STREAMS.map(
        (stream): TrueStream => ({
          connection: connection.id,
          stream,
          partitionKind: 'shop',
          partitions: shops.map(({ id }) => id),
          records: control.records(stream),
        }),
      ),
    change: () => void control.changeBatch(CHANGES),
    startEditing: (everyMs) => control.startEditing(everyMs),
    close: () => simulator.close(),
  };
}
