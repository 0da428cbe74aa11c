import type { FeedSettings } from './protocol.ts';

/** A host, channel or number as configured; what the config leaves out keeps its default. */
export interface Configured<D extends FeedSettings> {
  host(name: keyof D['hosts'] & string): string;
  /** The template of a channel with the symbol in it; undefined when the channel is switched off. */
  channel(name: keyof D['channels'] & string, symbol?: string): string | undefined;
  number(name: keyof D['numbers'] & string): number;
}

/** Reads settings against the defaults of their feed, which also say which names exist. */
export const configured = <D extends FeedSettings>(
  defaults: D,
  settings: FeedSettings,
): Configured<D> => ({
  host: (name) => settings.hosts[name] ?? defaults.hosts[name]!,
  channel(name, symbol = '') {
    const template = settings.channels[name] ?? defaults.channels[name]!;
    return template === '' ? undefined : template.replace('{symbol}', symbol);
  },
  number: (name) => settings.numbers[name] ?? defaults.numbers[name]!,
});
