# packages.sh: which Debian packages each job needs; sourced by the other scripts. All lists in one place.

build_packages="gcc make autoconf automake pkg-config libc6-dev libpcre2-dev libgmime-3.0-dev libssl-dev libconfuse-dev liblmdb-dev zlib1g-dev libmaxminddb-dev libsqlite3-dev libpng-dev libturbojpeg0-dev libgif-dev libutf8proc-dev libxxhash-dev libhiredis-dev libseccomp-dev"
rules_packages="spamassassin"
test_packages="libzbar-dev bzip2 gzip lz4 lzip lzop libcmocka-dev clang libclang-rt-14-dev llvm-14 valgrind perl spamassassin spamd spamc procps xz-utils openssl libio-socket-ssl-perl libdbd-sqlite3-perl\
 libarchive-zip-perl libbsd-resource-perl libgeoip2-perl libio-string-perl libmaxmind-db-writer-perl redis-server"
# For a build --with-odbc and its test (tests/bayes/sql).
odbc_packages="unixodbc-dev odbc-postgresql odbc-mariadb postgresql mariadb-server libdbd-pg-perl libdbd-mysql-perl"
package_packages="debhelper dpkg-dev fakeroot git"

# Installs what is missing; quiet when nothing is. Fails when a package cannot be had.
install_packages() {
	missing=
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "Missing packages, and only root can install them:$missing" >&2
		return 1
	fi
	echo "Installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# A port on 127.0.0.1 that nobody uses right now.
free_port() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 1) or die;
		print $s->sockport'
}

# For make check-clients: what all of them need, then each client by name.
client_packages="perl spamassassin spamd spamc iproute2 util-linux procps"
client_packages_procmail="procmail"
client_packages_maildrop="maildrop"
client_packages_exim="exim4-daemon-heavy"
client_packages_spamass_milter="spamass-milter"
client_packages_dovecot="dovecot-imapd dovecot-sieve"
client_packages_amavis="amavisd-new"
client_packages_npm="nodejs npm"

# install_packages, but no service is started on the way.
install_without_services() {
	policy=/usr/sbin/policy-rc.d made=
	if [ "$(id -u)" = 0 ] && [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && made=yes
	fi
	install_packages "$@"
	result=$?
	[ -z "$made" ] || rm -f $policy
	return $result
}
