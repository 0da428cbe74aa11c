import {
  attributesOf,
  BOLD,
  COLOUR_MASK,
  DIM,
  INVERSE,
  ITALIC,
  RGB,
  STRIKE,
  UNDERLINE,
} from './row.ts';

const ESC = '\u001B';

const WEIGHT = BOLD | DIM;

/** Attribute bit, the parameter that sets it, the parameter that ends it. */
const ATTRIBUTES = [
  [BOLD, '1', '22'],
  [DIM, '2', '22'],
  [ITALIC, '3', '23'],
  [UNDERLINE, '4', '24'],
  [INVERSE, '7', '27'],
  [STRIKE, '9', '29'],
] as const;

/** Parameters of a packed colour; `ground` is 30 for a foreground and 40 for a background. */
function colour(packed: number, ground: 30 | 40): string {
  if (packed === 0) return String(ground + 9);
  if (packed & RGB) {
    const red = (packed >> 16) & 0xff;
    const green = (packed >> 8) & 0xff;
    return `${ground + 8};2;${red};${green};${packed & 0xff}`;
  }
  const index = packed - 1;
  if (index < 8) return String(ground + index);
  return index < 16 ? String(ground + 52 + index) : `${ground + 8};5;${index}`;
}

function fromScratch(fore: number, back: number): string {
  let out = '0';
  const attributes = attributesOf(fore);
  for (const [bit, set] of ATTRIBUTES) if (attributes & bit) out += `;${set}`;
  if (fore & COLOUR_MASK) out += `;${colour(fore & COLOUR_MASK, 30)}`;
  if (back) out += `;${colour(back, 40)}`;
  return out;
}

function stepByStep(fore: number, back: number, nextFore: number, nextBack: number): string {
  const out: string[] = [];
  let attributes = attributesOf(fore);
  const wanted = attributesOf(nextFore);
  for (const [bit, , end] of ATTRIBUTES) {
    if (!(attributes & bit) || wanted & bit) continue;
    out.push(end);
    attributes &= bit & WEIGHT ? ~WEIGHT : ~bit;
  }
  for (const [bit, set] of ATTRIBUTES) if (wanted & ~attributes & bit) out.push(set);
  if ((fore & COLOUR_MASK) !== (nextFore & COLOUR_MASK)) {
    out.push(colour(nextFore & COLOUR_MASK, 30));
  }
  if (back !== nextBack) out.push(colour(nextBack, 40));
  return out.join(';');
}

/** The shortest sequence that turns one style into another; empty when they are equal. Styles are packed as in `Row`. */
export function pen(fore: number, back: number, nextFore: number, nextBack: number): string {
  if (fore === nextFore && back === nextBack) return '';
  if (nextFore === 0 && nextBack === 0) return `${ESC}[0m`;
  const change = stepByStep(fore, back, nextFore, nextBack);
  const anew = fromScratch(nextFore, nextBack);
  return `${ESC}[${change.length <= anew.length ? change : anew}m`;
}
