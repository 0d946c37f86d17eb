# lib.pl: what the scripts of this folder share: messages of senders with a history, made for the purpose, and the
# configurations they are judged by.
use strict;
use warnings;

# A generator of one's own, so that every Perl makes the same messages.
our $state = 4711;
sub dice { $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $_[0] }
sub one_of { return $_[dice(scalar @_)] }

my @hosts = qw(example.com example.org shop.example.net mail.example.edu);

sub sender {
	my ($n) = @_;
	my $host = one_of(@hosts);
	my $ip = dice(6) ? join '.', one_of(198, 203, 81, 5), one_of(51, 0, 7), dice(250), 1 + dice(250)
		: sprintf '2001:db8:%x:%x::%x', dice(65536), dice(4) ? 0 : dice(65536), 1 + dice(65536);
	return {
		address => one_of("user$n", "Sales.$n", "o'neil!$n") . "\@$host",
		ips => [$ip, dice(3) ? () : join('.', 192, 88, dice(250), 1 + dice(250))],
		helo => one_of($host, "PC$n", "relay$n.$host", "[$ip]", $ip, ''),
		signer => dice(4) ? '' : one_of($host, "esp.example.info", "$host esp.example.info"),
		spf => dice(5) ? '' : one_of('pass', 'fail'),
		points => [grep { !dice(2) } qw(A B C D E)],
		kind => one_of(qw(world world world world trusted trusted inside local none)),
	};
}

# Received lines, the newest first, as a Postfix of ours writes them.
sub hops {
	my ($s, $date) = @_;
	my $ip = one_of(@{$s->{ips}});
	my $literal = $ip =~ /:/ ? "IPv6:$ip" : $ip;
	my $helo = length $s->{helo} ? $s->{helo} : 'unknown';
	my $from = "Received: from $helo (unknown [$literal])\n\tby mx.example.net (Postfix) with ESMTP id F00D;\n\t$date\n";
	my $own = "Received: from mx.example.net (mx.example.net [10.1.0.9])\n\tby in.example.net (Postfix) with ESMTP id BEEF;\n\t$date\n";
	my $desk = "Received: from desk (desk [10.1.0.77])\n\tby mx.example.net (Postfix) with ESMTP id CAFE;\n\t$date\n";
	my $far = "Received: from far.example.com (far.example.com [203.0.113.8])\n\tby $helo (Postfix) with ESMTP id ABBA;\n\t$date\n";
	return {world => $own . $from . (dice(2) ? $far : ''), trusted => "Received: from out.example.net (out.example.net " .
		"[192.0.2.7])\n\tby mx.example.net (Postfix) with ESMTP id FEED;\n\t$date\n" . $from, inside => $own . $desk,
		local => $from, none => ''}->{$s->{kind}};
}

sub message {
	my ($s, $n) = @_;
	my @day = (qw(Mon Tue Wed Thu Fri Sat Sun))[$n % 7];
	my $date = sprintf '%s, %d Jun 2026 %02d:%02d:%02d +0200', $day[0], 1 + $n % 28, dice(24), dice(60), dice(60);
	my @points = (@{$s->{points}}, dice(4) ? () : one_of(qw(A B C D E N W U L)));
	my $spf = $s->{spf} && $s->{kind} =~ /world|local/ ? "Received-SPF: $s->{spf} (mx.example.net: domain of $s->{address}) " .
		"identity=mailfrom\n" : '';
	return "Return-Path: <$s->{address}>\n$spf" . hops($s, $date) . ($s->{signer} ? "X-Signer: $s->{signer}\n" : '') .
		"From: \"Sender $n\" <$s->{address}>\nTo: <friend" . dice(20) . "\@example.net>, other\@example.net\n" .
		(dice(5) ? '' : "Cc: <user" . dice(50) . "\@example.com>\n") .
		"Subject: message $n\nDate: $date\nMessage-ID: <$n\@example.net>\nX-Points: @points\n\nText of message $n. " .
		"Write to someone$n\@example.com or mailto:other$n\@example.org today.\n";
}

# Rules of both sides. tag: what the plugin's tags are called.
sub rules {
	my ($plugin) = @_;
	my %points = (A => 0.731, B => 2.412, C => -1.337, D => 6.053, E => 12.257, N => 3.302, U => 4.019, L => -2.211);
	my %flags = (N => 'noautolearn', U => 'userconf', L => 'learn', W => 'noawl');
	my $text = "util_rb_tld org com net edu info\nclear_trusted_networks\nclear_internal_networks\ntrusted_networks 10.1.0.0/16 " .
		"192.0.2.0/24\ninternal_networks 10.1.0.0/16\n";
	$text .= "header POINT_$_ X-Points =~ /\\b$_\\b/\nscore POINT_$_ " . ($points{$_} // 0.513) . "\n" .
		($flags{$_} ? "tflags POINT_$_ $flags{$_}\n" : '') for qw(A B C D E N U L W);
	$text .= "header __SIGNER X-Signer =~ /^(?<DKIMDOMAIN>\\S.*\\S)\\s*\$/\nmeta BOTH (POINT_A && POINT_B)\nscore BOTH 0.251\n" .
		"body TEXT /Text of message \\d+/\nscore TEXT 3.104\nheader SPF_PASSES eval:check_for_spf_pass()\nscore SPF_PASSES -0.011\n";
	my @tags = $plugin eq 'AWL' ? map { "AWL$_" } '', qw(MEAN COUNT PRESCORE) : map { my $kind = $_; map { "TXREP$kind$_" } '',
		qw(MEAN COUNT PRESCORE) } qw(EMAILIP EMAIL DOMAIN IP HELO MSGID EMAILIPU EMAILIPG MSGIDG);
	$text .= "clear_headers\nreport_safe 0\nadd_header all Points _SCORE_ _TESTSSCORES_ autolearn=_AUTOLEARN_\nadd_header all Tags " . join(' ', map { "$_=_${_}_" } @tags) .
		"\nclear_report_template\nreport _SUMMARY_\nadd_header all Rows _REPORT_\n";
	return $text;
}
sub awl_rules {
	return "loadplugin Mail::SpamAssassin::Plugin::AWL\nheader AWL eval:check_from_in_auto_welcomelist()\ndescribe AWL Drawn to " .
		"the mean of the sender\ntflags AWL userconf noautolearn\npriority AWL 1000\n";
}
sub txrep_rules {
	return "loadplugin Mail::SpamAssassin::Plugin::TxRep\nuse_txrep 1\nheader TXREP eval:check_senders_reputation()\ndescribe " .
		"TXREP Drawn to the mean of what the sender is known by\ntflags TXREP userconf noautolearn\npriority TXREP 1000\n";
}

# name => [plugin, lines]; %d: a folder of the side's own.
sub configurations {
	my $sql = "user_awl_dsn DBI:SQLite:dbname=%d/list.db\nuser_awl_sql_override_username tester\n";
	my $learn = "bayes_auto_learn 1\nbayes_auto_learn_threshold_nonspam -0.5\nbayes_auto_learn_threshold_spam 12\n";
	my $factory = 'Mail::SpamAssassin::SQLBasedAddrList';
	return (
		'awl' => ['AWL', awl_rules()],
		'awl-fine' => ['AWL', awl_rules() . "auto_whitelist_factor 0.8\nauto_whitelist_ipv4_mask_len 27\nauto_welcomelist_ipv6_mask_len " .
			"64\nauto_whitelist_path %d/state/shared-list\n"],
		'awl-sql' => ['AWL', awl_rules() . $sql . "auto_welcomelist_factory $factory\n"],
		'awl-signed' => ['AWL', awl_rules() . $sql . "auto_whitelist_factory $factory\nauto_welcomelist_distinguish_signed 1\n"],
		'txrep' => ['TxRep', txrep_rules()],
		'txrep-fine' => ['TxRep', txrep_rules() . "txrep_factor 0.3\ntxrep_ipv4_mask_len 24\ntxrep_ipv6_mask_len 40\n" .
			"txrep_learn_penalty 35\ntxrep_learn_bonus 7.5\ntxrep_weight_helo 2\ntxrep_weight_domain 0\ntxrep_welcomelist_out 0\n" .
			"txrep_report_details 2\ntxrep_spf 0\nauto_welcomelist_path %d/state/shared-list\n"],
		'txrep-auto' => ['TxRep', txrep_rules() . "txrep_autolearn 1\ntxrep_track_messages 0\ntxrep_report_details 1\n$learn"],
		'txrep-track' => ['TxRep', txrep_rules() . "txrep_autolearn 1\n$learn"],
		'txrep-dual' => ['TxRep', txrep_rules() . "txrep_user2global_ratio 2.5\nauto_welcomelist_path %d/state/global-list\n"],
		'txrep-sql' => ['TxRep', txrep_rules() . $sql . "txrep_factory $factory\n"],
		'txrep-sql-in' => ['TxRep', txrep_rules() . $sql . "txrep_factory $factory\ntxrep_welcomelist_out 0\n"],
		'txrep-sql-plain' => ['TxRep', txrep_rules() . $sql . "txrep_factory $factory\ntxrep_welcomelist_out 0\n" .
			"auto_welcomelist_distinguish_signed 0\nuser_awl_sql_table histories\n"],
	);
}

# What is done, in order: [verb, argument]; messages go to files of $dir.
sub lessons {
	my ($dir, $n_messages, $n_senders, $plugin) = @_;
	$state = 4711;
	my @senders = map { sender($_) } 1 .. $n_senders;
	my (@ops, @seen);
	for my $n (1 .. $n_messages) {
		my $s = one_of(@senders);
		my $file = "$dir/$n.eml";
		open my $h, '>', $file or die "$file: $!\n";
		print $h message($s, $n);
		close $h or die;
		push @ops, ['check', $file];
		push @seen, $file;
		next if dice(6);
		push @ops, [one_of(qw(spam ham forget check)), one_of(@seen[-1, -1], @seen)];
		push @ops, [one_of(qw(spam ham)), $ops[-1][1]] if !dice(3);
		next if dice(3);
		my $address = $s->{address};
		$address = one_of($address, $address =~ s/.*@//r, $s->{ips}[0], "PC3", "$address,example.com", "$address,spf")
			if $plugin eq 'TxRep';
		push @ops, [one_of(qw(welcome block remove)), $address];
		push @ops, [one_of(qw(welcome-mail block-mail remove-mail)), $file] if !dice(3);
	}
	return @ops;
}

# One time for all rows: SpamAssassin takes the last of several signers, and seconds differ from run to run.
our $schema = "CREATE TABLE %s (username varchar(100) NOT NULL default '', email varchar(255) NOT NULL default '', ip varchar(40) " .
	"NOT NULL default '', msgcount bigint NOT NULL default 0, totscore double precision NOT NULL default 0, signedby varchar(255) " .
	"NOT NULL default '', last_hit timestamp NOT NULL default '2020-01-01 00:00:00', PRIMARY KEY (username,email,signedby,ip))";

1;
