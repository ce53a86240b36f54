"""The desktop window. Imports core; core never imports it."""
