# Servers: those that are compared, each started in a folder of its own on a free port, with so many children. Local tests only, no
# Bayes, state of its own: the work is that of the rules.
package Servers;
use strict;
use warnings;
use Cwd qw(abs_path);
use IO::Socket::INET;
use Measure qw(ask ask_http descendants free_port slurp spurt until_true);
use POSIX ();

our %kinds = (
	ours    => { title => 'whorl spamd', launch => \&ours, ask => \&ask },
	perl    => { title => 'Perl spamd', launch => \&perl, ask => \&ask },
	rspamd  => { title => 'rspamd, own rules', launch => \&rspamd, ask => \&ask_http },
	'rspamd+sa' => { title => 'rspamd, same rules', launch => \&rspamd, ask => \&ask_http },
);
my $spamd_perl = $ENV{BENCH_PERL_SPAMD} // '/usr/sbin/spamd';
my $rspamd = $ENV{BENCH_RSPAMD} // '/usr/bin/rspamd';
my $spamd = abs_path($ENV{SPAMD} // 'spamd/spamd') // '';
my $rules = $ENV{BENCH_RULES} // '/usr/share/spamassassin';

sub exists_here {
	my ($kind) = @_;
	return -x $spamd if $kind eq 'ours';
	return -x $spamd_perl && slurp($spamd_perl) =~ /^#!\S*perl/ if $kind eq 'perl';
	return -x $rspamd;
}

# option: folder, children, cf => [lines], site => folder of rules besides the stock ones, extra => [options of our spamd].
sub start {
	my ($kind, %option) = @_;
	my $self = bless { kind => $kind, port => free_port(), ask => $kinds{$kind}{ask}, children => 2, extra => [], %option };
	my @command = $kinds{$kind}{launch}->($self);
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		setpgrp;
		open STDIN, '<', '/dev/null'; open STDOUT, '>', "$self->{folder}/out"; open STDERR, '>&', \*STDOUT;
		chdir '/';
		exec @command or POSIX::_exit(127);
	}
	@$self{qw(pid began)} = ($pid, Time::HiRes::time());
	return $self;
}

# Seconds from the start to the first answer; dies when there is none.
sub first_answer {
	my ($self) = @_;
	my $mail = "From: a\@example.org\nSubject: first\n\nhello\n";
	until_true(120, sub { $self->{ask}->($self->{port}, $mail) || waitpid($self->{pid}, POSIX::WNOHANG()) })
		and kill(0, $self->{pid}) or die "$kinds{$self->{kind}}{title} does not start: " . slurp("$self->{folder}/out");
	return Time::HiRes::time() - $self->{began};
}
sub stop {
	my ($self) = @_;
	kill 'KILL', $self->{nowhere} and waitpid $self->{nowhere}, 0 if $self->{nowhere};
	my @all = ($self->{pid}, descendants($self->{pid}));
	kill 'TERM', $self->{pid};
	until_true(10, sub { waitpid $self->{pid}, POSIX::WNOHANG() }) and return;
	kill 'KILL', @all;
	waitpid $self->{pid}, 0;
}
# The processes that answer.
sub workers {
	my ($self) = @_;
	my @workers = split ' ', slurp("/proc/$self->{pid}/task/$self->{pid}/children");
	return grep { slurp("/proc/$_/cmdline") !~ /clerk|room|main process|rspamd_helper|hs_helper/ } @workers;
}

sub ours {
	my ($self) = @_;
	my $folder = $self->{folder};
	spurt("$folder/spamd.conf", "reputation {\n\tstate = \"$folder/state\"\n}\n") unless -e "$folder/spamd.conf";
	return ($spamd, common($self), '--spamd-conf', "$folder/spamd.conf", @{ $self->{extra} });
}
sub perl { my ($self) = @_; return ('perl', '-T', $spamd_perl, common($self), '-H', $self->{folder}) }
sub common {
	my ($self) = @_;
	my $site = $self->{site} // '/etc/spamassassin';
	my $n = $self->{children};
	return ('-L', '-x', '-i', '127.0.0.1', '-p', $self->{port}, '-m', $n, '--min-children', $n, '--max-conn-per-child', 100_000_000,
		'-C', $rules, '--siteconfigpath', $site, '-s', "$self->{folder}/log", map { ('--cf', $_) } 'use_bayes 0', @{ $self->{cf} // [] });
}

# A name server that knows no name, for what rspamd asks nevertheless.
sub nowhere {
	my ($self) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp') or die "no port: $!\n";
	my $pid = fork // die "fork: $!\n";
	if ($pid) { $self->{nowhere} = $pid; return $socket->sockport }
	while (1) {
		$socket->recv(my $question, 4096) or next;
		substr $question, 2, 2, pack 'n', 0x8183 if length $question > 12; # a response: no such name
		$socket->send($question);
	}
}

# Modules that would ask the network are off, as -L switches off SpamAssassin's.
my @network = qw(antivirus arc asn bimi dcc dkim dkim_signing dmarc elastic external_services fuzzy_check greylist history_redis
	hfilter metadata_exporter mx_check neural p0f ratelimit rbl redis replies reputation spf surbl url_redirector);
sub rspamd {
	my ($self) = @_;
	my $local = "$self->{folder}/local";
	mkdir $_ for $local, "$local/local.d", "$local/override.d", "$self->{folder}/db";
	chmod 0777, "$self->{folder}/db"; # rspamd gives up root
	my $put = sub { spurt("$local/override.d/$_[0]", $_[1]) };
	$put->("$_.conf", "enabled = false;\n") for @network;
	$put->('worker-normal.inc', "bind_socket = \"127.0.0.1:$self->{port}\";\ncount = $self->{children};\n");
	$put->("worker-$_.inc", "enabled = false;\n") for qw(controller proxy fuzzy);
	$put->('logging.inc', "type = \"file\";\nfilename = \"$self->{folder}/log\";\nlevel = \"warning\";\n");
	$put->('options.inc', 'dns { nameserver = ["127.0.0.1:' . nowhere($self) . "\"]; timeout = 1s; retransmits = 1; }\nrrd = \"\";\n");
	$put->('classifier-bayes.conf', "enabled = false;\n");
	if ($self->{kind} eq 'rspamd+sa') { # rspamd reads SpamAssassin's rules by a module of its own
		my $site = $self->{site} // '/etc/spamassassin';
		$put->('spamassassin.conf', "ruleset = \"$rules/*.cf\";\nsite = \"$site/*.cf\";\n");
	}
	return ($rspamd, '-f', '-i', '-u', '_rspamd', '-g', '_rspamd', '-c', '/etc/rspamd/rspamd.conf',
		map { "--var=$_" } "LOCAL_CONFDIR=$local", "DBDIR=$self->{folder}/db", "RUNDIR=$self->{folder}/db", "LOGDIR=$self->{folder}");
}

1;
