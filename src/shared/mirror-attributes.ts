/** What mode mirror keeps equal besides content and type (`--mirror-attributes`). */
export const MIRROR_ATTRIBUTES = [
  'owner',
  'group',
  'mode',
  'times',
  'acls',
  'xattrs',
  'capabilities',
  'links',
] as const;
export type MirrorAttribute = (typeof MIRROR_ATTRIBUTES)[number];
