"""The widgets of the annotation tool."""
