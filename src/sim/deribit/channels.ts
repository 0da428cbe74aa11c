/** What can be listened to. */
export type Channel =
  | {
      readonly kind: 'book' | 'trades' | 'ticker';
      readonly symbol: string;
      readonly everyMs: number;
    }
  | { readonly kind: 'quote'; readonly symbol: string }
  | { readonly kind: 'marks' | 'index' | 'volatility'; readonly index: string }
  | { readonly kind: 'states'; readonly of: string; readonly currency: string }
  | { readonly kind: 'platform' };

const EVERY_MS: Readonly<Record<string, number>> = { '100ms': 100, agg2: 2000 };

/** What a channel's name asks for; `raw` where that needs a login; null where it asks for nothing. */
export function channelOf(name: string): Channel | 'raw' | null {
  const [head, second = '', third = '', fourth = '', ...rest] = name.split('.');
  if (rest.length > 0) return null;
  switch (head) {
    case 'book':
    case 'trades':
    case 'ticker': {
      if (third === 'raw' && fourth === '') return 'raw';
      const everyMs = EVERY_MS[third];
      if (second === '' || everyMs === undefined || fourth !== '') return null;
      return { kind: head, symbol: second, everyMs };
    }
    case 'quote':
      return second !== '' && third === '' ? { kind: 'quote', symbol: second } : null;
    case 'markprice':
      return second === 'options' && third !== '' && fourth === ''
        ? { kind: 'marks', index: third }
        : null;
    case 'deribit_price_index':
      return second !== '' && third === '' ? { kind: 'index', index: second } : null;
    case 'deribit_volatility_index':
      return second !== '' && third === '' ? { kind: 'volatility', index: second } : null;
    case 'instrument':
      return second === 'state' && fourth !== ''
        ? { kind: 'states', of: third, currency: fourth }
        : null;
    case 'platform_state':
      return second === '' ? { kind: 'platform' } : null;
    default:
      return null;
  }
}
