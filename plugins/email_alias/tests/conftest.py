"""What needs a mail server is left out where none is installed; .ci/run installs it."""

from plugins.email_alias.tests.dovecot import find_dovecot

collect_ignore = [] if find_dovecot() else ["test_imap.py"]
