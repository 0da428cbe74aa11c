/** Frames whose answers are still to come, at most; more would only be a longer queue. */
const MOST_UNDERWAY = 4;
/** A terminal that has not answered its first question after this long is taken for one that does not answer, ms. */
const FIRST_PATIENCE_MS = 1500;
/** One that has answered before is waited for this much longer than its line needs, ms. */
const PATIENCE_MS = 2000;
const LONGEST_PATIENCE_MS = 10_000;
/** A terminal that stopped answering is asked again this often, ms. */
const ASK_AGAIN_MS = 10_000;
/** Late answers that come no more after this much silence never will, ms. */
const SILENCE_MS = 2000;

/** A frame this small says how long the way is, not how broad, bytes. */
const SMALL_BYTES = 256;
/** A frame from this size on says how broad it is, bytes. */
const BROAD_BYTES = 512;
/** The round trip is the shortest of the last one to two spans of this length, ms. */
const ROUND_TRIP_SPAN_MS = 30_000;
/** What a frame's time weighs in the rate against the one after it. */
const FORGET = 0.7;
/** What may queue in the line behind what is under way anyway, ms. */
const QUEUE_MS = 50;
/** Frames take at most one part in this many of the line; the rest is for keys. */
const SHARE = 2;
/** A part of a frame takes about this long, so that a key never waits behind a whole one, ms. */
const PART_MS = 250;
/** Smallest part, bytes. */
const LEAST_PART = 1024;
/** Largest part while the rate is not known yet, bytes. */
const FIRST_PART = 16_384;
/** A frame that takes longer makes the line a slow one, ms. */
const SLOW_MS = 30;

interface Question {
  readonly at: number;
  readonly bytes: number;
  readonly wasIdle: boolean;
}

/** What is known of the line to the terminal. */
export interface LinkEstimate {
  /** Null while nothing took long enough to tell. */
  readonly bytesPerSecond: number | null;
  /** From a question to its answer on an empty line; null where the terminal does not answer. */
  readonly roundTripMs: number | null;
}

/**
 * The line to the terminal, judged by the answers to questions that stand behind frames: what was asked behind a frame is answered once the
 * frame has been read, whatever buffers lie between (those of SSH take megabytes before a write is slow).
 *
 * At most a few frames are under way, together no more than the line carries in a round trip and `QUEUE_MS`. A terminal that never answers
 * is not asked, and then nothing is held back here; late answers bring the questions back. Times are milliseconds of any clock that does not jump.
 */
export class Link {
  /** Whether the terminal is waited for. */
  #isFenced = true;
  #hasAnswered = false;
  #underWay: Question[] = [];
  /** Answers that were given up and may still come. */
  #owed = 0;
  #lateAt: number | null = null;
  #gaveUpAt = -Infinity;
  #lastAnswerAt = -Infinity;
  #lastSmallAt = -Infinity;
  // Sums over the last frames, each weighing less than the one after it.
  #bytes = 0;
  #busyMs = 0;
  #frames = 0;
  #spanFrom = -Infinity;
  #shortest = Infinity;
  #shortestBefore = Infinity;

  /** Whether a question belongs behind the frame that is about to be sent. */
  asks(now: number): boolean {
    if (this.#isFenced) return true;
    const isQuiet = this.#lateAt !== null && now - this.#lateAt > SILENCE_MS;
    if (isQuiet) this.#begin();
    return isQuiet || (this.#hasAnswered && now - this.#gaveUpAt > ASK_AGAIN_MS);
  }

  /** A question went out behind this many bytes. */
  asked(bytes: number, now: number): void {
    if (!this.#isFenced) {
      this.#gaveUpAt = now;
      this.#owed += 1;
      return;
    }
    this.#underWay.push({ at: now, bytes, wasIdle: this.#underWay.length === 0 });
  }

  /** The terminal answered its oldest question. */
  answered(now: number): void {
    if (this.#owed > 0) {
      this.#owed -= 1;
      this.#hasAnswered = true;
      this.#lateAt = now;
      if (this.#owed === 0) this.#begin();
      return;
    }
    const question = this.#underWay.shift();
    // An answer to somebody else's question.
    if (question === undefined) return;
    this.#hasAnswered = true;
    if (question.wasIdle && question.bytes <= SMALL_BYTES) this.#noteRoundTrip(question, now);
    const free = Math.max(this.#lastAnswerAt, question.at + (this.#roundTrip() ?? 0));
    if (question.bytes >= BROAD_BYTES) {
      this.#bytes = this.#bytes * FORGET + question.bytes;
      this.#busyMs = this.#busyMs * FORGET + Math.max(0, now - free);
      this.#frames = this.#frames * FORGET + 1;
    }
    this.#lastAnswerAt = now;
  }

  #begin(): void {
    this.#isFenced = true;
    this.#owed = 0;
    this.#lateAt = null;
  }

  #noteRoundTrip({ at }: Question, now: number): void {
    if (now - this.#spanFrom > ROUND_TRIP_SPAN_MS) {
      this.#shortestBefore = this.#shortest;
      this.#shortest = Infinity;
      this.#spanFrom = now;
    }
    this.#shortest = Math.min(this.#shortest, now - at);
    this.#lastSmallAt = now;
  }

  #roundTrip(): number | null {
    const shortest = Math.min(this.#shortest, this.#shortestBefore);
    return shortest === Infinity ? null : shortest;
  }

  /** Bytes per ms; null while frames pass faster than they could be timed. */
  #rate(): number | null {
    return this.#busyMs > this.#frames ? this.#bytes / this.#busyMs : null;
  }

  /** Whether a frame may be sent now. */
  isFree(now: number): boolean {
    const [oldest] = this.#underWay;
    if (oldest === undefined) return true;
    if (now - oldest.at >= this.#patience()) {
      this.#owed += this.#underWay.length;
      this.#underWay = [];
      this.#isFenced = false;
      this.#gaveUpAt = now;
      return true;
    }
    if (this.#underWay.length >= MOST_UNDERWAY) return false;
    const bytes = this.#bytesUnderWay();
    if (bytes === 0) return true;
    const rate = this.#rate();
    const roundTrip = this.#roundTrip();
    // While nothing is known, the frame under way is what tells.
    if (roundTrip === null || this.#frames === 0) return false;
    return rate === null || bytes <= rate * (roundTrip + QUEUE_MS);
  }

  #bytesUnderWay(): number {
    return this.#underWay.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #patience(): number {
    if (!this.#hasAnswered) return FIRST_PATIENCE_MS;
    if (this.#frames === 0) return LONGEST_PATIENCE_MS;
    return Math.min(LONGEST_PATIENCE_MS, PATIENCE_MS + 4 * this.busyMs(this.#bytesUnderWay()));
  }

  /** After how long `isFree` stops waiting for the oldest answer, ms from now; null while none is to come. */
  patienceMs(now: number): number | null {
    const [oldest] = this.#underWay;
    return oldest === undefined ? null : Math.max(0, oldest.at + this.#patience() - now);
  }

  /** Whether the terminal answers, so that what is said here is better than the times of writes. */
  get isJudge(): boolean {
    return this.#isFenced && this.#hasAnswered;
  }

  /** Whether answers may still come: those that are waited for, and for a while those that were given up. */
  isExpecting(now: number): boolean {
    if (this.#underWay.length > 0) return true;
    const since = Math.max(this.#gaveUpAt, this.#lateAt ?? -Infinity);
    return this.#owed > 0 && now - since < LONGEST_PATIENCE_MS;
  }

  /** Whether nothing is under way and it is time to ask how long the way is, with nothing else in front of the question. */
  wantsRoundTrip(now: number): boolean {
    return (
      this.#isFenced &&
      this.#hasAnswered &&
      this.#underWay.length === 0 &&
      now - this.#lastSmallAt > ROUND_TRIP_SPAN_MS / 2
    );
  }

  /** How long the line is busy with this many bytes, ms; 0 where that is not known. */
  busyMs(bytes: number): number {
    const rate = this.#isFenced ? this.#rate() : null;
    return rate === null ? 0 : bytes / rate;
  }

  /** From one whole frame of this many bytes to the next at least, ms. */
  pauseMs(bytes: number): number {
    return this.busyMs(bytes) * SHARE;
  }

  /** A frame larger than this goes in parts, bytes. */
  get mostBytes(): number {
    if (!this.#isFenced || !this.#hasAnswered) return Infinity;
    const rate = this.#rate();
    if (rate === null) return this.#frames === 0 ? FIRST_PART : Infinity;
    return Math.max(LEAST_PART, rate * PART_MS);
  }

  /** Whether a usual frame takes long enough to be felt behind a key. */
  get isSlow(): boolean {
    return this.#isFenced && this.#busyMs > this.#frames * SLOW_MS;
  }

  get estimate(): LinkEstimate {
    const rate = this.#isFenced && this.isSlow ? this.#rate() : null;
    return {
      bytesPerSecond: rate === null ? null : rate * 1000,
      roundTripMs: this.#isFenced ? this.#roundTrip() : null,
    };
  }
}
