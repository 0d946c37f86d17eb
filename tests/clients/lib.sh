# lib.sh: what the drivers of the clients share; sourced. Each driver gets from tests/clients/run:
#   HOST PORT   where spamd listens          SPAMC    the spamc to use (Debian's or ours)
#   SERVER      ours or perl
#   HAM SPAM    the two messages             SCRATCH  an empty folder, owned by $RUN_AS (or by us when we are not root)
# and says "ok NAME" or "FAIL NAME" for each thing it looks at. Its exit code: 0, 1, or 77 when it cannot run here.
failures=0

# In place of this (sub)shell, so that "exec_as_user PROGRAM &" leaves the program's own pid in $!.
exec_as_user() {
	HOME=$SCRATCH
	export HOME
	[ "$(id -u)" = 0 ] || exec "$@"
	exec setpriv --reuid="$RUN_AS" --regid="$(id -g "$RUN_AS")" --clear-groups -- "$@"
}
as_user() { (exec_as_user "$@"); }

# ok NAME COMMAND...: the command must succeed.
ok() {
	name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "FAIL $name"
		failures=$((failures + 1))
	fi
}

# Without carriage returns, which some clients add.
plain() { tr -d '\r' <"$1"; }
has() { [ -f "$1" ] && plain "$1" | grep -q -E "$2"; }
lacks() { [ -f "$1" ] && ! plain "$1" | grep -q -E "$2"; }
body_of() { plain "$1" | sed '1,/^$/d'; }
same_body() { [ "$(body_of "$1")" = "$(body_of "$2")" ]; }
# The only file in a folder; nothing when there is none or there are more.
only_file() { find "$1" -type f 2>/dev/null | awk '{ f = $0 } END { if (NR == 1) print f }'; }

# What a message looks like after spamd.
delivered_ham() {
	ok "ham is delivered" [ -f "$1" ]
	ok "ham is marked as seen" has "$1" '^X-Spam-Checker-Version: SpamAssassin 4\.0\.1'
	ok "ham is not called spam" lacks "$1" '^X-Spam-Flag: YES'
	ok "ham has its body" same_body "$1" "$HAM"
}
delivered_spam() {
	ok "spam is delivered" [ -f "$1" ]
	ok "spam is called spam" has "$1" '^X-Spam-Flag: YES'
	ok "spam has its score" has "$1" '^X-Spam-Status: Yes, score=[0-9.]+ required=5\.0'
	ok "spam has its report" has "$1" 'GTUBE'
}

# Wait up to ten seconds until something is so.
until_true() {
	for try in $(seq 100); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}
needs() { for program in "$@"; do command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }; done; }
