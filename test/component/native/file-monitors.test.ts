/** GLib's file monitors as an event source; see file-monitors.c. */
import { needsMonitor } from '../../harness/offers.js';
import { testSanitized } from './sanitized.js';

testSanitized({
  name: 'file-monitors',
  parts: ['glib/file-monitors', 'glib/watching'],
  rounds: '20',
  library: 'gio-2.0',
  skip: needsMonitor('gio'),
  title: 'monitors of GLib tell what happens, and end cleanly',
});
