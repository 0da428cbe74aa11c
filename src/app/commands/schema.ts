import { lineSchema } from '../../frame/schema.ts';

/** `perpscope schema`: the JSON Schema of everything that leaves the program as a line. */
export const printSchema = (): string => `${JSON.stringify(lineSchema, null, 2)}\n`;
