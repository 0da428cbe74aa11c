import { describe, expect, test } from 'vitest';
import { BOOKS, Line, type LineOptions } from './support/line.ts';
import { type FaultStory, STORIES } from './support/stories.ts';

const ID = BOOKS['BTC-PERPETUAL'];

async function withLine(options: LineOptions, tell: (line: Line) => Promise<void>): Promise<void> {
  const line = await Line.start(options);
  try {
    await tell(line);
  } finally {
    await line.close();
  }
}

/** Nothing was dropped, lost or suspected. */
function expectUnmoved(line: Line): void {
  for (const kind of ['bookResyncing', 'feedLost', 'streamSuspect'] as const)
    expect(line.events(kind).map(({ text }) => text)).toEqual([]);
}

/** Waits for what a fault has to lead to. */
async function expectTold(line: Line, { expected }: FaultStory): Promise<void> {
  switch (expected.kind) {
    case 'unmoved':
      await line.pass(8);
      expectUnmoved(line);
      return;
    case 'resync': {
      const dropped = () => line.happened.filter(({ event }) => event.kind === 'bookResyncing');
      await line.until('dropped', () => dropped().length > 0);
      const [{ event, frame }] = dropped() as [(typeof line.happened)[number]];
      expect([event.subject, event.data]).toEqual([
        ID,
        { reason: expect.stringMatching(expected.reason) },
      ]);
      expect(frame.book.byInstrument[ID]).toMatchObject({
        status: 'resyncing',
        mid: { state: 'absent' },
        bids: [],
      });
      // The other book is nobody's fault.
      expect(dropped()).toHaveLength(1);
      return;
    }
    case 'lost':
      await line.until('lost', () => line.events('feedLost').length > 0, 60);
      expect(line.events('feedLost')[0]!.data).toEqual({
        reason: expect.stringMatching(expected.reason),
      });
      return;
    case 'suspect':
      await line.until('suspect', () => line.events('streamSuspect').length > 0, 60);
      expect(line.events('streamSuspect')[0]!.text).toMatch(/ticker\.BTC-PERPETUAL/);
      expect(line.reports('suspect')[0]!.reason).toMatch(expected.reason);
      return;
    case 'told':
      await line.until('told', () =>
        line.notes('deribit').some((note) => expected.reason.test(note)),
      );
      return;
    case 'limited':
      await line.until('limited', () => line.notes('deribit').includes('REST deribit limited'), 40);
      return;
    case 'failed':
      await line.until('failed', () => line.reports('restFailed').length > 0, 40);
      expect(line.reports('restFailed')[0]!.reason).toMatch(expected.reason);
      return;
  }
}

describe('after', () => {
  test.each(STORIES.map((story) => [story.name, story] as const))(
    '%s, what has to be said is said, and the books are the venue’s again',
    async (_, story) => {
      const { fault, isLasting = false, warm = 0, fromStart = false } = story;
      await withLine({ faults: fromStart ? [fault] : [] }, async (line) => {
        if (!fromStart) {
          await line.live();
          await line.pass(warm);
          line.sim.faults.inject(fault);
        }
        await expectTold(line, story);
        if (isLasting) line.sim.faults.clear();
        // A channel that was refused stays so until the next connection.
        if (fault.kind === 'omitted') line.sim.faults.inject({ kind: 'disconnect' });
        await line.live(90);
        await line.pass(1);
        line.prove();
      });
    },
    60_000,
  );
});

test('without a fault everything is whole, live and familiar, and the past joins the present', async () => {
  await withLine({}, async (line) => {
    await line.live();
    await line.pass(30);
    line.prove();
    expectUnmoved(line);
    const { rejected, unfamiliarNames } = line.frame.trust.feeds[0]!;
    expect([rejected, unfamiliarNames]).toEqual([0, []]);
    expect(line.reports('restFailed')).toEqual([]);
    const { market } = line.replayed();
    const perp = market.instruments.get(ID)!;
    expect(perp).toMatchObject({
      interval: { hours: 8, basis: 'default' },
      predicted: { nextFundingTs: null },
    });
    // What was paid until eight this morning, as the index and the bars of the same day say.
    expect(perp.settled!.tsExchange).toBe(Date.UTC(2026, 10, 20, 8) * 1000);
    expect(line.frame.funding.byVenue['deribit']).toMatchObject({
      nextFundingTs: { state: 'absent', reason: 'continuous funding' },
      settled: { state: 'live' },
      predicted: { state: 'live' },
    });
  });
});

test('the chain of options is told: marks of all, greeks and both volatilities near the money', async () => {
  await withLine({}, async (line) => {
    await line.live();
    await line.pass(12);
    const { options, instruments } = line.replayed().market;
    const quotes = [...options.values()].map(({ quote }) => quote);
    expect(quotes).toHaveLength(150);
    expect(quotes.every((quote) => quote?.markIv !== null && quote?.openInterest !== null)).toBe(
      true,
    );
    const withGreeks = [...options.values()].filter(({ quote }) => quote?.delta !== null);
    expect(withGreeks).toHaveLength(4 * 3 * 2);
    const index = instruments.get(ID)!.mark!.indexPrice!;
    for (const { instrument, quote } of withGreeks) {
      expect(Math.abs(instrument.option!.strike / index - 1)).toBeLessThan(0.08);
      const { bidIv, askIv, markIv, delta } = quote!;
      expect(bidIv!).toBeLessThan(markIv!);
      expect(askIv!).toBeGreaterThan(markIv!);
      expect(Math.sign(delta!)).toBe(instrument.option!.type === 'call' ? 1 : -1);
    }
  });
});

test('dated futures have a touch and no book, and their curve is there', async () => {
  await withLine({}, async (line) => {
    await line.live();
    await line.pass(3);
    const dated = [...line.replayed().market.instruments.values()].filter(
      ({ instrument }) => instrument.kind === 'future',
    );
    expect(dated).toHaveLength(3);
    for (const { hasBook, touch, mark, openInterest, volume24h } of dated) {
      expect(hasBook).toBe(false);
      expect(touch!.ask).toBeGreaterThan(touch!.bid);
      expect([mark, openInterest, volume24h]).not.toContain(null);
    }
  });
});

test('every liquidation that was filled in the book is told, with the side that died', async () => {
  await withLine({ scenario: 'cascade' }, async (line) => {
    await line.live();
    await line.until('somebody died', () => line.events('liquidation').length > 3, 400);
    expect(line.frame.liquidations.h1.long.state).not.toBe('absent');
    const prints = line
      .from('trades.')
      .flatMap(
        (text) => JSON.parse(text).params.data as { liquidation?: string; direction: string }[],
      )
      .filter(({ liquidation }) => liquidation !== undefined);
    const { instruments } = line.replayed().market;
    expect(instruments.size).toBeGreaterThan(0);
    expect(prints.length).toBeGreaterThanOrEqual(line.events('liquidation').length);
  });
}, 120_000);

test('where no subscription begins a book it is asked for, and an answer of a while ago is brought up to date', async () => {
  const faults = [
    { kind: 'noBeginning', target: 'book.BTC-PERPETUAL.100ms', count: 20 },
    { kind: 'staleSnapshot', symbol: 'BTC-PERPETUAL' },
  ] as const;
  await withLine({ faults }, async (line) => {
    const answers = () => line.from('rest:/public/get_order_book?instrument_name=BTC-PERPETUAL');
    await line.until('asked', () => answers().length > 0, 120);
    const { change_id: id } = JSON.parse(answers()[0]!).result as { change_id: number };
    expect(id).toBeLessThan(line.sim.book('deribit', 'BTC-PERPETUAL').updateId);
    await line.live(60);
    await line.pass(1);
    line.prove();
  });
});

test('a day that begins at eight brings the tickers of its options, and those of the day before go', async () => {
  await withLine({ startMs: Date.UTC(2026, 10, 27, 7, 59, 20) }, async (line) => {
    await line.live();
    const heard = (day: string) =>
      line.from('feed').some((text) => {
        const report = JSON.parse(text) as { kind: string; streams?: readonly string[] };
        return (
          report.kind === 'subscribed' &&
          report.streams!.some((stream) => stream.startsWith(`ticker.BTC-${day}-`))
        );
      });
    expect(heard('27NOV26')).toBe(true);
    // The second day after: the first has been listed since yesterday.
    expect(heard('29NOV26')).toBe(false);
    await line.until('the day after tomorrow', () => heard('29NOV26'), 150);
    const given = () => line.reports('unsubscribed').flatMap(({ streams }) => streams);
    await line.until('what was delivered is given up', () =>
      given().includes('ticker.BTC-27NOV26.100ms'),
    );
    expect(given().some((stream) => stream.startsWith('ticker.BTC-27NOV26-'))).toBe(true);
    await line.live();
    await line.pass(6);
    line.prove();
    expectUnmoved(line);
    const { options, instruments } = line.replayed().market;
    const gone = [...options.keys()].filter((id) => id.includes('-261127-'));
    expect(gone).toEqual([]);
    const born = [...options.values()].filter(({ instrument }) =>
      instrument.id.includes('-261129-'),
    );
    expect(born).toHaveLength(30);
    expect(born.filter(({ quote }) => quote?.delta !== null)).toHaveLength(6);
    expect(instruments.get('deribit:BTC/USD:BTC-261127')).toBeDefined();
  });
}, 120_000);

describe('a host that turns us away', () => {
  test.each([
    ['regionRefused', 'region refused'],
    ['forbidden', 'refused by the firewall'],
  ] as const)('(%s) is given up, and that is said', async (kind, reason) => {
    await withLine({ faults: [{ kind }] }, async (line) => {
      await line.until('refused', () => line.reports('restFailed').length > 0, 20);
      await line.pass(5);
      expect(line.reports('restFailed').map((report) => report.reason)).toEqual([reason]);
      expect(line.frame.trust.books).toEqual([]);
    });
  });
});

test('everything that can go wrong was tried', async () => {
  await withLine({}, async (line) => {
    const tried = new Set<string>(STORIES.map(({ fault }) => fault.kind));
    for (const kind of ['staleSnapshot', 'regionRefused', 'forbidden']) tried.add(kind);
    // The venue announces no closes, and its funding has no interval.
    for (const kind of ['shutdown', 'fundingInterval']) tried.add(kind);
    expect(new Set(line.sim.faults.kinds)).toEqual(tried);
  });
});
