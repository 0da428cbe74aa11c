import { Box, Text } from 'ink';
import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import { Guard } from '../../../components/chrome/panel-box.tsx';

function Broken(): never {
  throw new Error('no rectangle');
}

test('a panel that cannot be laid out leaves its error in its box and the rest alive', () => {
  const errors: unknown[] = [];
  const { lastFrame, unmount } = render(
    <Box height={6} width={60}>
      <Guard rect={{ x: 0, y: 1, w: 40, h: 3 }} onError={(error) => errors.push(error)}>
        <Broken />
      </Guard>
      <Text>the rest</Text>
    </Box>,
  );
  expect(lastFrame()).toContain('the rest');
  expect(lastFrame()).toContain('this panel failed: no rectangle');
  expect(errors).toEqual([new Error('no rectangle')]);
  unmount();
});
