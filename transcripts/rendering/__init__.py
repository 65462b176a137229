"""From a prefix to the text that is shown: display settings, shortening, rendering."""
