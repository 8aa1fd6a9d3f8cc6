/**
 * Types of file systems that other hosts or processes can change without an event from the kernel,
 * and whose times may be of another clock: f_type of statfs(2), in hexadecimal.
 */
export const ELSEWHERE: readonly string[] = [
  '6969' /* NFS */,
  'ff534d42' /* CIFS */,
  'fe534d42' /* SMB2 */,
  '1021997' /* 9P */,
  'c36400' /* Ceph */,
  '5346414f' /* AFS */,
  '65735546' /* FUSE */,
];
