# Measure: what a tree of processes costs, and a crowd of clients that ask it.
package Measure;
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(time sleep);

our @EXPORT_OK = qw(slurp spurt free_port descendants cpu_ms memory_mb private_mb ask ask_http load percentile median until_true);

sub slurp { open my $in, '<:raw', $_[0] or return ''; local $/; return scalar(<$in>) // '' }
sub spurt { open my $out, '>:raw', $_[0] or die "$_[0]: $!\n"; print $out $_[1]; close $out or die "$_[0]: $!\n" }
sub free_port { return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)->sockport }

sub until_true {
	my ($seconds, $is_so) = @_;
	my $end = time + $seconds;
	do { return 1 if $is_so->(); sleep 0.005 } while time < $end;
	return 0;
}

# --- processes ----------------------------------------------------------------------------------------------

sub descendants {
	my ($pid) = @_;
	return map { ($_, descendants($_)) } map { split ' ', slurp($_) } glob "/proc/$pid/task/*/children";
}

# Time on a processor of the process and all below it, to the nanosecond where the kernel keeps that (schedstat: living threads) and
# with it what children that have ended took (stat: in ticks).
sub cpu_ms {
	my ($root) = @_;
	my ($ms, $tick_ms) = (0, 1000 / POSIX::sysconf(POSIX::_SC_CLK_TCK()));
	for my $pid ($root, descendants($root)) {
		my @stat = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //r;
		next unless @stat > 14;
		$ms += ($stat[13] + $stat[14]) * $tick_ms;
		my @runs = map { (split ' ', slurp($_))[0] // () } glob "/proc/$pid/task/*/schedstat";
		$ms += $_ / 1e6 for @runs;
		$ms += ($stat[11] + $stat[12]) * $tick_ms unless @runs;
	}
	return $ms;
}

sub rollup_mb {
	my ($pid, @fields) = @_;
	my ($text, $mb) = (slurp("/proc/$pid/smaps_rollup"), 0);
	for my $field (@fields) { $mb += $1 / 1024 if $text =~ /^$field:\s+(\d+) kB/m }
	return $mb;
}
# Proportional: what is shared counts once, however many share it.
sub memory_mb { my $mb = 0; $mb += rollup_mb($_, 'Pss') for @_; return $mb }
# What would be free again if the process ended: pages that nobody else has. Pages of files that are mapped to be shared (the table of
# reputations, the counters) stay in the system's cache and do not count.
sub private_mb {
	my ($pid) = @_;
	my ($is_shared, $mb) = (0, 0);
	for (split /\n/, slurp("/proc/$pid/smaps")) {
		if (/^[0-9a-f]+-[0-9a-f]+ ...(.)/) { $is_shared = $1 eq 's' }
		elsif (!$is_shared && /^Private_(?:Clean|Dirty):\s+(\d+) kB/) { $mb += $1 / 1024 }
	}
	return $mb;
}

# --- clients ------------------------------------------------------------------------------------------------

sub talk {
	my ($port, $request, $closes) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 60) or return '';
	print $socket $request;
	shutdown $socket, 1 if $closes; # rspamd takes that for a client that has gone
	local $/;
	return scalar(<$socket>) // '';
}
sub ask {
	my ($port, $mail) = @_;
	return talk($port, 'SYMBOLS SPAMC/1.5' . "\r\nContent-length: " . length($mail) . "\r\n\r\n$mail", 1) =~ m{^SPAMD/\S+ 0 };
}
sub ask_http {
	my ($port, $mail) = @_;
	return talk($port, "POST /checkv2 HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Length: " . length($mail) . "\r\n\r\n$mail") =~
		m{^HTTP/1\.1 200 };
}

# The messages to the server, by so many clients at once, each on a connection of its own. Gives wall-clock seconds, errors, and
# latencies in ms in ascending order.
sub load {
	my ($ask, $port, $messages, $n_clients) = @_;
	my $began = time;
	my @pipes;
	for my $client (0 .. $n_clients - 1) {
		pipe my $read, my $write or die "pipe: $!\n";
		my $pid = fork // die "fork: $!\n";
		if ($pid) { close $write; push @pipes, [$read, $pid]; next }
		my $text = '';
		for my $message (@$messages[grep { $_ % $n_clients == $client } 0 .. $#$messages]) {
			my $from = time;
			my $ok = $ask->($port, $message);
			$text .= ($ok ? '' : 'e') . 1000 * (time - $from) . "\n";
		}
		print $write $text;
		close $write;
		POSIX::_exit(0);
	}
	my ($errors, @ms) = (0);
	for (@pipes) {
		my ($read, $pid) = @$_;
		while (my $line = <$read>) { $line =~ s/^e// and $errors++; push @ms, $line + 0 }
		waitpid $pid, 0;
	}
	return { seconds => time - $began, errors => $errors + @$messages - @ms, ms => [sort { $a <=> $b } @ms] };
}

sub percentile { my ($sorted, $part) = @_; return @$sorted ? $sorted->[POSIX::floor($part * $#$sorted + 0.5)] : 0 }
sub median { my @sorted = sort { $a <=> $b } @_; return @sorted ? ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2 : 0 }

1;
