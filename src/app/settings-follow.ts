import type { ScreenSink } from '../../components/screen-options.ts';
import type { SettingsHome } from './settings-home.ts';
import type { SettingsReload } from './settings-reload.ts';
import { isReadAgain, SettingsWatch, settingsOnDisk } from './settings-watch.ts';

/** Whoever is told of settings that change. */
export interface Followers {
  readonly sink: Pick<ScreenSink, 'settings' | 'notice'>;
  /** The screen has another rate: whoever makes its frames has to know. */
  readonly onRate: (fps: number) => void;
  /** Something of ours broke; the settings before stay. */
  readonly onProblem: (error: unknown) => void;
}

/** Lets a screen follow the files of its settings; the result ends it. */
export function followSettings(
  { file, themesFolder }: SettingsHome,
  reload: SettingsReload,
  { sink, onRate, onProblem }: Followers,
): () => void {
  if (!isReadAgain(file)) {
    sink.notice('the configuration is no plain file, so changes count from the next start');
    return () => {};
  }
  const watch = new SettingsWatch(settingsOnDisk(file, themesFolder), (changed) => {
    if (!isReadAgain(file)) {
      sink.notice(
        'the configuration is no plain file any more; the settings before stay',
        'warning',
      );
      return;
    }
    try {
      const { settings, notice } = reload.again(changed);
      if (settings.fps !== undefined) onRate(settings.fps);
      sink.settings(settings);
      if (notice !== null) sink.notice(notice.text, notice.tone);
    } catch (error) {
      onProblem(error);
      sink.notice('settings could not be read again; the log tells why', 'warning');
    }
  });
  return () => watch.close();
}
