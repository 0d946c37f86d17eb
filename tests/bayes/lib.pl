# lib: what the tests of learning share: messages by a fixed recipe, the learning commands, servers of ours. Loaded with `do`.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);

our $whorl = abs_path($ENV{WHORL} // 'whorl/whorl');
our $spamd = abs_path($ENV{SPAMD} // 'spamd/spamd');
our $theirs = '/usr/bin/sa-learn';
our $dir = tempdir('whorl-XXXXXX', TMPDIR => 1, CLEANUP => 1);
our ($n_ok, $n_wrong) = (0, 0);
our (%started, @all_rules);
@ENV{qw(HOME LC_ALL TZ)} = ("$dir/home", 'C', 'UTC');
mkdir "$dir/home";
chmod 0755, $dir;
$| = 1;
$SIG{PIPE} = 'IGNORE';

# Prototyped: a test is one value, also a match that fails.
sub ok($$@) {
	my ($is_right, $name, @more) = @_;
	print $is_right ? 'ok' : 'NOT OK', " $name\n";
	print map { "# $_\n" } @more if !$is_right;
	$is_right ? $n_ok++ : $n_wrong++;
	return $is_right;
}
sub done { print $n_wrong ? "$n_wrong wrong\n" : "all $n_ok right\n"; exit($n_wrong ? 1 : 0) }
sub skipped { print "skipped: $_[0]\n"; exit 77 }
sub put { my ($file, $text) = @_; open my $out, '>:raw', $file or die "$file: $!\n"; print $out $text; close $out }
sub slurp { open my $in, '<:raw', $_[0] or return ''; local $/; return scalar(<$in>) // '' }
sub free_port { return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)->sockport }
sub until_true {
	my ($seconds, $test) = @_;
	my $end = time + $seconds;
	do { return 1 if $test->(); sleep 0.02 } while time < $end;
	return 0;
}

# --- messages --------------------------------------------------------------------------------------------------------------

my @words = map { my $n = $_; join '', map { chr 97 + ($n * 7 + $_ * 11 + $n / 9) % 26 } 0 .. 3 + $n % 6 } 1 .. 400;

# Words of spam and of ham differ by half of their stock.
sub message {
	my ($class, $n) = @_;
	my $from = $class eq 'spam' ? 150 : 0;
	my $body = join ' ', map { $words[$from + ($n * 13 + $_ * 29) % 200] } 1 .. 60;
	my $date = sprintf 'Mon, %d Mar 2021 %02d:%02d:00 +0000', 1 + $n % 28, $n % 24, $n % 60;
	return "Received: from relay$n.example.net (relay$n.example.net [192.0.2." . $n % 250 . "]) by mx.example.com with ESMTP id A$n; $date\n"
		. "From: \"Some One $n\" <user$n\@$class.example.org>\nTo: me\@example.com\nDate: $date\n"
		. "Message-ID: <$n.$class\@example.org>\nSubject: $class number $n\n\nDear $body.\n\nhttp://www.$class$n.example.com/path?x=$n\n";
}
sub write_messages {
	my ($class, $from, $to) = @_;
	mkdir "$dir/$class";
	put(sprintf("$dir/$class/%05d.eml", $_), message($class, $_)) for $from .. $to;
}

# --- the learning commands -------------------------------------------------------------------------------------------------

# Status, what it printed, what it said on stderr.
sub run {
	my (@command) = @_;
	my $pid = open(my $pipe, '-|') // die;
	if (!$pid) { open STDERR, '>', "$dir/stderr"; exec @command or POSIX::_exit(71) }
	local $/;
	my $text = <$pipe> // '';
	close $pipe;
	return ($? >> 8, $text, slurp("$dir/stderr"));
}
sub with_lines { return map { ('--cf', $_) } @_ }
sub ours { my ($lines, @args) = @_; return run($whorl, 'learn', '-L', with_lines(@$lines), @args) }
sub perls { my ($lines, @args) = @_; return run($theirs, '-L', with_lines(@$lines), @args) }
# A backup without times, which some stores do not keep, in order.
sub contents {
	my ($learner, $lines) = @_;
	my ($status, $text) = $learner->($lines, '--backup');
	return join '', sort map { s/^(t\t\d+\t\d+\t)\d+/$1/r } split /^/, $text;
}
sub totals {
	my ($lines) = @_;
	my (undef, $text) = ours($lines, '--dump', 'magic');
	return map { $text =~ /(\d+) +\d+  non-token data: $_\n/ ? $1 : -1 } qw(nspam nham);
}

# --- servers of ours -------------------------------------------------------------------------------------------------------

# A server with these lines of configuration; what ask() and stop() take.
sub start {
	my ($name, $lines, @options) = @_;
	my $rules = "$dir/$name.rules";
	mkdir $rules;
	put("$rules/10.cf", join '', map { "$_\n" } 'loadplugin Mail::SpamAssassin::Plugin::Bayes', 'use_bayes 1',
		"body BAYES_LOW eval:check_bayes('0.00', '0.40')", "body BAYES_HIGH eval:check_bayes('0.60', '1.00')",
		'score BAYES_LOW -1', 'score BAYES_HIGH 1', 'body OTHER /Dear/', 'score OTHER 0.1', @$lines);
	my $server = { port => free_port(), log => "$dir/$name.log" };
	$server->{pid} = fork // die;
	if (!$server->{pid}) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', "$dir/$name.err";
		exec $spamd, '-L', '-x', '--allow-tell', '-C', $rules, '--siteconfigpath', $rules, '-i', "127.0.0.1:$server->{port}",
			'-s', $server->{log}, @options or POSIX::_exit(127);
	}
	$started{ $server->{pid} } = 1;
	until_true(20, sub { slurp($server->{log}) =~ /server pid: \d+/ }) or die "does not start: " . slurp("$dir/$name.err") . slurp($server->{log});
	return $server;
}
sub stop {
	my ($server, $signal) = @_;
	kill $signal // 'TERM', $server->{pid};
	waitpid $server->{pid}, 0;
	delete $started{ $server->{pid} };
}
END { my $status = $?; kill 'TERM', keys %started; waitpid $_, 0 for keys %started; $? = $status }

sub ask {
	my ($server, $text, $wait) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->{port}) or return 'refused';
	my ($sent, $all, $end) = (0, '', time + ($wait // 60));
	while ($sent < length $text) { $sent += syswrite($socket, $text, length($text) - $sent, $sent) // return 'closed' }
	shutdown $socket, 1;
	while (time < $end) {
		next unless IO::Select->new($socket)->can_read(0.2);
		sysread $socket, my $part, 65536 or return $all;
		$all .= $part;
	}
	return "$all(open)";
}
sub request { my ($verb, $head, $mail) = @_; return "$verb SPAMC/1.5\r\n${head}Content-length: " . length($mail) . "\r\n\r\n$mail" }
# The rules that hit.
sub symbols { my ($server, $mail) = @_; return ask($server, request('SYMBOLS', "User: me\r\n", $mail)) =~ /\r\n\r\n(.*)/s ? $1 : '' }
# Whether it was learnt: what the answer says.
sub teach {
	my ($server, $class, $mail, $head) = @_;
	return ask($server, request('TELL', $head // "User: me\r\nMessage-class: $class\r\nSet: local\r\n", $mail));
}
1;
