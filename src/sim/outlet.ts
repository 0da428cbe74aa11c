import type { FaultSite, FaultSwitch } from './faults.ts';
import type { Socket } from './socket-host.ts';

/** How a venue's frames are spoilt. */
export interface Spoiling {
  /** An event of a type nobody has heard of. */
  readonly unknownEvent: (symbol: string | null) => string;
  /** Finds the first price of a text; what stands before its digits is the first group, a quote follows. */
  readonly firstPrice: RegExp;
  /** A frame with keys and numbers nobody can read. */
  readonly mangled: (frame: string) => string;
}

interface OutletOptions {
  /** The stream as faults call it. */
  readonly target: string;
  readonly symbol: string | null;
  readonly market: string;
  readonly family: string;
  readonly faults: FaultSwitch;
  readonly spoiling: Spoiling;
}

/** Everybody who listens to one stream, and what goes wrong with frames on the way to them. */
export class Outlet {
  readonly sockets = new Set<Socket>();
  /** Where faults of frames may strike. */
  readonly site: FaultSite;
  readonly #options: OutletOptions;
  /** An event held back by the reorder fault. */
  #heldBack: string | null = null;

  constructor(options: OutletOptions) {
    const { market, family, symbol, target } = options;
    this.#options = options;
    this.site = { market, family, symbol, target };
  }

  /** Sends an event to everybody, unless a fault has other plans. */
  emit(text: string): void {
    if (this.#options.faults.isQuiet && this.#heldBack === null) this.#send(text);
    else this.#emitFaulty(text);
  }

  #send(text: string): void {
    const { target, symbol } = this.#options;
    for (const socket of this.sockets) socket.deliver(target, symbol, text);
  }

  #emitFaulty(text: string): void {
    const { faults, spoiling, target, symbol } = this.#options;
    const { site } = this;
    if (faults.on('silent', site) !== undefined) return;
    if (faults.strike('unknownEvent', site) !== undefined) {
      this.#send(spoiling.unknownEvent(symbol));
    }
    const garbage = faults.strike('garbage', site);
    if (garbage !== undefined) {
      const variant = garbage.variant ?? 'text';
      for (const socket of this.sockets) {
        socket.send(broken(variant, socket.framed(target, text), spoiling));
      }
      // Loose text is one frame too many; the others take the place of the real one.
      if (variant !== 'text') return;
    }
    let sent = text;
    const decimal = faults.strike('malformedDecimal', site);
    if (decimal !== undefined) {
      sent = sent.replace(spoiling.firstPrice, `$1${decimal.variant ?? '12,3.4'}"`);
    }
    if (faults.strike('unknownField', site) !== undefined && sent.endsWith('}')) {
      sent = `${sent.slice(0, -1)},"brandNew":{"a":[1,"2"]}}`;
    }
    if (this.#heldBack === null && faults.strike('reorder', site) !== undefined) {
      this.#heldBack = sent;
      return;
    }
    this.#send(sent);
    if (this.#heldBack !== null) {
      this.#send(this.#heldBack);
      this.#heldBack = null;
    }
    if (faults.strike('duplicate', site) !== undefined) this.#send(sent);
  }
}

function broken(variant: string, frame: string, { mangled }: Spoiling): string {
  switch (variant) {
    case 'truncated':
      return frame.slice(0, Math.floor(frame.length * 0.6));
    case 'mangled':
      return mangled(frame);
    default:
      return '<html><body>502 Bad Gateway</body></html>';
  }
}
