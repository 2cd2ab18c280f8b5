#!/bin/bash
# update.sh [NAME...]: write the goldens of the command-line tests anew, for every case that differs. Read the
# difference before committing it.
exec bash "$(dirname "${BASH_SOURCE[0]}")/test_cli.sh" --update "$@"
