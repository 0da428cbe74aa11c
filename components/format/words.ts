/** `zOiChange` → `z oi change`; what a venue names stays as it is. */
export const worded = (key: string): string =>
  /^[a-z][a-zA-Z0-9]*$/.test(key)
    ? key.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
    : key;
