"""One file for each panel and for each part of one; `registry` lists the panels."""
