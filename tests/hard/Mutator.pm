# Mutator: messages out of messages, the same for the same seed: parts and headers exchanged, boundaries, charsets and encodings
# changed, bytes and lines damaged.
package Mutator;
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use MIME::QuotedPrint qw(encode_qp);

my @charsets = qw(us-ascii utf-8 UTF8 iso-8859-1 iso-8859-2 iso-8859-5 iso-8859-8-i iso-8859-15 windows-1250 windows-1251
	windows-1252 windows-1255 windows-874 koi8-r koi8-u gb2312 gbk gb18030 hz-gb-2312 big5 big5-hkscs euc-kr ks_c_5601-1987
	euc-jp shift_jis iso-2022-jp iso-2022-kr utf-7 utf-16 utf-16le utf-16be utf-32 unicode cp437 cp1252 ansi unknown-8bit
	default x-unknown 8bit iso8859_1 macintosh tis-620 viscii);
my @encodings = qw(7bit 8bit binary base64 BASE64 quoted-printable Quoted-Printable x-uuencode uuencode foo base-64);
my @types = ('text/plain', 'text/html', 'TEXT/HTML', 'multipart/mixed', 'multipart/alternative', 'multipart/digest',
	'multipart/related', 'message/rfc822', 'message/partial', 'message/delivery-status', 'message/global', 'text/calendar',
	'application/octet-stream', 'image/gif', 'text', 'text/', '/plain', 'text/plain/x', '"text/html"', 'application/pdf',
	'text/x-amp-html', 'multipart/signed', 'multipart/', '');
my @odd = ("\0", "\r", "\n", "\r\n", "\xff", "\xc3", "\xe2\x80\x8b", "\xa0", "\xc2\xa0", "\x85", "\t", ' ', '  ', '"', '<', '>', '(',
	')', '@', ':', ';', ',', '=', '==', '?', '=?', '?=', '_', '\\', '--', '&', '&#', '&#0;', '&#x3c;', '&#8203;', '&nbsp;', '&copy',
	'%', '%00', '%2e', '%41', '<!--', '-->', '<![CDATA[', ']]>', '</', '/>', '<a href=', '<b>', '<style>', '<script>', '</style>',
	'http://', 'www.', '.com', 'mailto:', "\x1b\$B", "\x1b(B", '+AD4-', "\xef\xbb\xbf", "\xff\xfe", "\x00A");
my @lines = ("Content-Type: text/html\n", "Content-Type: text/plain; charset=\"utf-8\n", "Content-Type:text/html;charset=gb2312\n",
	"content-transfer-encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n", " folded\n", "\tfolded: x\n", "\n",
	"\r\n", " \n", "no header\n", "From someone\@example.com Mon Jan  1 00:00:00 2024\n", ">From x\n", "Subject: =?utf-8?B?w6nDqQ==?=\n",
	"Subject: =?gb2312?Q?=C4=E3_=BA=C3?= =?gb2312?Q?=C4?=\n =?gb2312?Q?=E3?=\n", "From: \"A, B\" <a\@example.com>, c\@example.org (C)\n",
	"To: undisclosed-recipients:;\n", "From: =?utf-8?Q?J=C3=BCrgen?= <j\@example.com\n", "Cc: <<x\@example.com>>, \"y\@example.net\" z\n",
	"Reply-To: a\@b\@example.com\n", "Received: from x (y [192.0.2.1]) by z.example.com with ESMTP id 1; Mon, 1 Jan 2024 00:00:00 +0000\n",
	"Received: from [10.0.0.1] by mail.example.org (HELO x); 1 Jan 24 1:2 EST\n", "Date: Mon, 32 Foo 2024 25:61:61 +9999\n",
	"Date: 1 Jan 04 00:00 PST\n", "MIME-Version: 1.0\n", "Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.exe\n",
	"Content-Type: application/octet-stream; name=\"=?utf-8?B?YS5leGU=?=\"\n", "Content-Type: text/plain; charset*0=iso-; charset*1=8859-1\n",
	"begin 644 x.exe\n", "<base href=\"http://example.com/a/b.html\">\n", "<a href=\"//example.net/x\">y</a>\n",
	"<font color=white>hid</font><span style=\"display:none\">z</span>\n", "visit example.co.uk/foo or me\@example.org, ok?\n",
	"<table><tr><td bgcolor=#fff><td>x\n", "<meta http-equiv=refresh content=\"0; url=http://example.info\">\n", ".\n", "..\n",
	"=\n", "=20\n", "=3D=\n", "--\n");

my @markup = ('<b>', '</b>', '<p>', '<br/>', '<br>', '<div>', '</div>', '<table>', '<tr>', '<td bgcolor=#fff>', '</td>', '</table>', '<font color=white>',
	'<font size=+1 color="#fff">', '<font face="Arial, \'x\'">', '</font>', '<span style="display:none">', '<span style="color:#fff;background:red">', '</span>', '<a href="http://example.com/a?b=c">',
	"<a href='//example.net'>", '<a href=example.org>', '</a>', '<img src=http://example.com/i.gif width=10 height=5%>', '<!-- x -->', '<!--', '-->', '<!x>', '<![CDATA[', ']]>', '<?php x ?>',
	'<script>', '</script>', '<style>', '</style>', '<title>', '</title>', '<textarea>', '</textarea>', '<xmp>', '</xmp>', '<base href=http://example.com/d/>', '<form action=mailto:x@example.com>',
	'word', ' two words ', "\n", ' ', 'http://example.com/u', 'me@example.com', 'www.example.co.uk', '&amp;', '&lt;', '&nbsp;', '&eacute;', '&#8364;', '&#x41;', '&copy', '<', '>', '"', "'", '=', '<o:p>',
	'<a', ' href=', ' style="', '">', '/>', '</', '<b ', 'caf\xc3\xa9', "\xe2\x82\xac", '<body text=#000 bgcolor=#000>', '<basefont size=2>', '<big>', '<small>', '</small>', '<meta http-equiv=refresh content="1;url=http://example.info">');
my @pieces = ('a@example.com', '<b@example.org>', '"', 'Name', ' ', ', ', '(c)', '(', ')', '=?utf-8?Q?=C3=A9?=', '=?gb2312?B?xOO6ww==?=', '=?utf-8?B?w6k', '?=', '<', '>', ';', ':', '@', '.', '\\', "\n ", "\n\t",
	'from x (y [192.0.2.1]) by z.example.com', ' with ESMTP id 1', '; Mon, 6 May 2024 10:00:00 +0000', ' for <c@example.com>', '[10.0.0.1]', 'text/html', '; charset=', 'koi8-r', '; name=', '*0=', "utf-8''%e9", 'boundary=B',
	'mailto:d@example.com', 'http://example.com/', "\xe9", "\xc3\xa9", "\0", "\r", 'group: ', '[IPv6:2001:db8::1]', '(HELO h)', '2024', 'May', '+0200', '=', '_', '%');

sub new {
	my ($class, $seed, @messages) = @_;
	return bless { messages => [grep { length && length() < 60000 } @messages] }, $class;
}

# A generator of our own: the same numbers everywhere.
sub number {
	my ($self, $below) = @_;
	$self->{state} = ($self->{state} * 1103515245 + 12345) & 0x7fffffff;
	return $below ? ($self->{state} >> 8) % $below : 0;
}

sub pick { my ($self, @from) = @_; return $from[$self->number(scalar @from)] }

sub lines_of { return split /(?<=\n)/, $_[0] }

sub some_message { my ($self) = @_; return $self->pick(@{ $self->{messages} }) }

sub split_head { my ($head, $body) = split /(?<=\n)(?=\r?\n)/, $_[0], 2; return ($head, $body // '') }

my @changes = (
	sub { # a line doubled, gone, moved or put in
		my ($self, $text) = @_;
		my @all = lines_of($text);
		my ($from, $to, $kind) = ($self->number(scalar @all), $self->number(scalar @all), $self->number(6));
		if ($kind == 0) { splice @all, $from, 0, $all[$from] }
		elsif ($kind == 1) { splice @all, $from, 1 + $self->number(3) }
		elsif ($kind == 2) { splice @all, $to, 0, splice @all, $from, 1 }
		elsif ($kind == 3) { splice @all, $from, 0, $self->pick(@lines) }
		elsif ($kind == 4) { splice @all, $from, 0, $self->pick(lines_of($self->some_message)) }
		else { splice @all, $self->number(@all > 30 ? 30 : scalar @all), 0, $self->pick(@lines) }
		return join '', @all;
	},
	sub { # bytes put in, changed, gone
		my ($self, $text) = @_;
		my $at = $self->number(length $text);
		my $kind = $self->number(4);
		if ($kind == 0) { substr $text, $at, 0, $self->pick(@odd) }
		elsif ($kind == 1) { substr $text, $at, 1, chr $self->number(256) }
		elsif ($kind == 2) { substr $text, $at, 1 + $self->number(10), '' }
		else { substr $text, $at, 0, $self->pick(@odd) x (1 + $self->number(30)) }
		return $text;
	},
	sub { # oddities in many places
		my ($self, $text) = @_;
		substr $text, $self->number(length $text), 0, $self->pick(@odd) for 1 .. 3 + $self->number(20);
		return $text;
	},
	sub { # oddities in the head
		my ($self, $text) = @_;
		my ($head, $body) = split_head($text);
		substr $head, $self->number(length $head), 0, $self->pick(@odd) for 1 .. 1 + $self->number(8);
		return $head . $body;
	},
	sub { # another charset
		my ($self, $text) = @_;
		my $charset = $self->pick(@charsets);
		$text =~ s/(charset=\s*"?)[\w.:-]+/$1$charset/i if $self->number(2);
		$text =~ s/(charset=\s*"?)[\w.:-]+/$1$charset/gi;
		$text =~ s/=\?[\w-]+\?/=?$charset?/g if $self->number(2);
		return $text;
	},
	sub { # another encoding, another type
		my ($self, $text) = @_;
		my ($encoding, $type) = ($self->pick(@encodings), $self->pick(@types));
		my $which = $self->number(3);
		$text =~ s/(Content-Transfer-Encoding:\s*)[\w-]+/$1$encoding/i if $which != 1;
		$text =~ s/(Content-Type:\s*)[\w-]+\/[\w.+-]+/$1$type/i if $which != 0;
		return $text;
	},
	sub { # boundaries
		my ($self, $text) = @_;
		my ($boundary) = $text =~ /boundary="?([^"\s;]+)/i or return $text;
		my $other = $self->pick("$boundary--", "$boundary ", lc $boundary, substr($boundary, 0, -1), '', 'a', '=_x+(y)?', "$boundary\t");
		my $kind = $self->number(5);
		if ($kind == 0) { $text =~ s/boundary="?\Q$boundary\E"?/boundary="$other"/i }
		elsif ($kind == 1) { $text =~ s/^--\Q$boundary\E--/--$boundary/m }
		elsif ($kind == 2) { $text =~ s/^--\Q$boundary\E$/--$other/m }
		elsif ($kind == 3) { my @all = lines_of($text); splice @all, $self->number(scalar @all), 0, "--$boundary\n" for 1 .. 1 + $self->number(3); $text = join '', @all }
		else { my @all = lines_of($text); splice @all, $self->number(scalar @all), 0, "--$boundary--\n"; $text = join '', @all }
		return $text;
	},
	sub { # the head of another message, or a few of its headers
		my ($self, $text) = @_;
		my ($head, $body) = split_head($text);
		my ($other) = split_head($self->some_message);
		return $other . $body if $self->number(3) == 0;
		my @fields = split /(?<=\n)(?![ \t])/, $other;
		my @ours = split /(?<=\n)(?![ \t])/, $head;
		splice @ours, $self->number(@ours + 1), 0, $self->pick(@fields) for 1 .. 1 + $self->number(5);
		return join('', @ours) . $body;
	},
	sub { # cut
		my ($self, $text) = @_;
		return substr $text, 0, 1 + $self->number(length $text) if $self->number(2);
		return substr $text, $self->number(length $text) >> 2;
	},
	sub { # line ends
		my ($self, $text) = @_;
		my $kind = $self->number(5);
		if ($kind == 0) { $text =~ s/\r?\n/\r\n/g }
		elsif ($kind == 1) { $text =~ s/\r//g }
		elsif ($kind == 2) { $text =~ s/\n/\r/ for 1 .. 5 }
		elsif ($kind == 3) { my @all = lines_of($text); $self->number(2) and s/\r?\n/\r\n/ for @all; $text = join '', @all }
		else { $text =~ s/\r?\n\z// }
		return $text;
	},
	sub { # the body encoded anew, or put into a part of another
		my ($self, $text) = @_;
		my ($head, $body) = split_head($text);
		my $kind = $self->number(5);
		if ($kind == 0) {
			$head =~ s/^Content-Transfer-Encoding:.*\n//mi;
			return $head . "Content-Transfer-Encoding: base64\n\n" . encode_base64($body);
		}
		if ($kind == 1) {
			$head =~ s/^Content-Transfer-Encoding:.*\n//mi;
			return $head . "Content-Transfer-Encoding: quoted-printable\n\n" . encode_qp($body);
		}
		if ($kind == 2) {
			return "From: a\@example.com\nSubject: f\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" . $text;
		}
		if ($kind == 3) {
			my $other = $self->some_message;
			return "From: b\@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=MUT\n\n--MUT\n"
				. "Content-Type: message/rfc822\n\n$text\n--MUT\nContent-Type: text/html\n\n" . (split_head($other))[1] . "\n--MUT--\n";
		}
		return $head . "\n" . (split_head($self->some_message))[1];
	},
	sub { # a stretch of another message's body
		my ($self, $text) = @_;
		my (undef, $body) = split_head($self->some_message);
		substr $text, $self->number(length $text), 0, substr $body, $self->number(length($body) || 1), 200 + $self->number(3000);
		return $text;
	},
	sub { # a soup of markup
		my ($self, $text) = @_;
		my ($head) = split_head($text);
		my $soup = join '', map { $self->pick($self->number(3) ? @markup : @odd) } 1 .. 1 + $self->number(60);
		return $text . $soup if $self->number(4) == 0;
		$head =~ s/^Content-(?:Type|Transfer-Encoding):.*\n(?:[ \t].*\n)*//mig;
		return $head . 'Content-Type: text/html; charset=' . $self->pick(@charsets[0 .. 4], 'utf-8') . "\n\n$soup\n";
	},
	sub { # a soup of one header
		my ($self, $text) = @_;
		my ($head, $body) = split_head($text);
		my $name = $self->pick(qw(From To Cc Subject Reply-To Received Date Message-ID Content-Type Return-Path List-Unsubscribe X-Y));
		return "$name: " . join('', map { $self->pick(@pieces) } 1 .. 1 + $self->number(14)) . "\n$head$body";
	},
	sub { # tags torn
		my ($self, $text) = @_;
		my $kind = $self->number(6);
		my $n = $self->number(20);
		my $i = 0;
		if ($kind == 0) { $text =~ s/>/$i++ % 20 == $n ? '' : '>'/ge }
		elsif ($kind == 1) { $text =~ s/"/$i++ % 20 == $n ? '' : '"'/ge }
		elsif ($kind == 2) { $text =~ s/(<\/\w+>)/$i++ % 10 == $n ? '' : $1/ge }
		elsif ($kind == 3) { $text =~ s/<(\w+)/$i++ % 20 == $n ? "<$1\/" : "<$1"/ge }
		elsif ($kind == 4) { my $odd = $self->pick(@odd); $text =~ s/(<\w+)/$i++ % 20 == $n ? "$1 $odd" : $1/ge }
		else { my $odd = $self->pick(@odd); $text =~ s/(https?:\/\/[\w.-]+)/$i++ % 5 == $n % 5 ? "$1$odd" : $1/ge }
		return $text;
	},
);

# Mutant number N of this seed.
sub message {
	my ($self, $n) = @_;
	$self->{state} = ($n * 2654435761 + 97) & 0x7fffffff;
	$self->number for 1 .. 5;
	my $text = $self->some_message;
	for (1 .. 1 + $self->number(4)) {
		my $change = $self->pick(@changes);
		my $next = $change->($self, $text);
		$text = $next if length $next;
	}
	return $text;
}

1;
