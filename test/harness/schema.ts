/** As much of JSON Schema as docs/control.schema.json uses. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

/** What is wrong with a value; members that the schema does not name are wrong, too. */
export function faults(schema: Schema, value: unknown, at = ''): string[] {
  const { oneOf, type, properties = {}, required = [], items } = schema;
  if (oneOf !== undefined)
    return oneOf.some((one) => faults(one, value).length === 0) ? [] : [`${at} fits none`];
  if ('const' in schema) return value === schema.const ? [] : [`${at} is not the constant`];
  if (schema.enum !== undefined)
    return schema.enum.includes(value) ? [] : [`${at} is no such word`];
  if (!isOf(type, value)) return [`${at} is no ${type}`];
  if (Array.isArray(value))
    return value.flatMap((one, index) => faults(items ?? {}, one, `${at}/${index}`));
  if (typeof value !== 'object' || value === null) return [];
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${at}/${name} is missing`),
    ...Object.entries(value).flatMap(([name, one]) => {
      const known = properties[name];
      return known === undefined
        ? [`${at}/${name} is unknown`]
        : faults(known, one, `${at}/${name}`);
    }),
  ];
}

function isOf(type: string | undefined, value: unknown): boolean {
  if (type === undefined) return true;
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return typeof value === type;
}
