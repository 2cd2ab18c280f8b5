# realpath() belongs to X/Open.
EXTRA_reports := -D_XOPEN_SOURCE=700
