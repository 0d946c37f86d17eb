# Shapes: messages of one kind and any size, for what a scan costs as they grow. Each shape is one thing over and over: what is kept
# for each, or done for all whenever another one comes, shows in the cost of the largest.
package Shapes;
use strict;
use warnings;
use Exporter 'import';
use MIME::Base64 qw(encode_base64);

our @EXPORT_OK = qw(shapes message);

my $head = "From: Anna <anna\@example.org>\nTo: bert\@example.net\nSubject: figures of the week\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n" .
	"Message-ID: <one\@example.org>\nReceived: from mx.example.org (mx.example.org [192.0.2.7]) by mx.example.net; Mon, 23 Nov 2026 10:00:01 +0000\n" .
	"MIME-Version: 1.0\n";
my @words = qw(meeting tomorrow please find attached the report of our last project and let me know what you think about it before friday
	account order invoice payment number customer service thank you for your support we would like to inform all members that);

my @lines = map { my $n = $_; join ' ', map { $words[($n * 7 + $_ * 5 + int($n / 13)) % @words] } 1 .. 12 } 0 .. 13 * @words - 1;

# Pieces until they are so many bytes; each gets a line of words and its number.
sub filled {
	my ($bytes, $each) = @_;
	my ($text, $i) = ('', 0);
	for (; length $text < $bytes; $i++) { $text .= $each->($lines[$i % @lines], $i) }
	return $text;
}
sub text { my ($each) = @_; return sub { "${head}Content-Type: text/plain; charset=utf-8\n\n" . filled($_[0], $each) . "\n" } }
sub html {
	my ($each, $begin) = @_;
	return sub { "${head}Content-Type: text/html; charset=utf-8\n\n<html><body>" . ($begin // '') . filled($_[0], $each) . "</body></html>\n" };
}
sub header { my ($each) = @_; return sub { filled($_[0], $each) . "${head}Content-Type: text/plain\n\nhello\n" } }
sub binary {
	my ($type, $bytes_of) = @_;
	return sub {
		"${head}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhere it is\n--b\nContent-Type: $type\n" .
			"Content-Transfer-Encoding: base64\n\n" . encode_base64($bytes_of->(int($_[0] / 1.37))) . "--b--\n";
	};
}
sub noise { my ($bytes) = @_; return pack 'N*', map { $_ * 2654435761 % 4294967296 } 1 .. $bytes / 4 }

sub nested {
	my ($bytes) = @_;
	my $depth = 0;
	my $text = filled($bytes, sub { $depth++; "Content-Type: multipart/mixed; boundary=b$_[1]\n\n--b$_[1]\n" });
	return "${head}${text}Content-Type: text/plain\n\nhello\n" . join '', map { '--b' . ($depth - $_) . "--\n" } 1 .. ($depth < 1000 ? $depth : 1000);
}
sub parts {
	my ($bytes) = @_;
	return "${head}Content-Type: multipart/mixed; boundary=b\n\n" .
		filled($bytes, sub { "--b\nContent-Type: text/plain; name=\"f$_[1].txt\"\nContent-Disposition: attachment\n\n$_[0]\n" }) . "--b--\n";
}

# Parts of 50 kB: so much of each is body text to the rules.
sub bodies {
	my ($type, $each) = @_;
	return sub {
		my $left = $_[0];
		my $text = "${head}Content-Type: multipart/mixed; boundary=b\n\n";
		for (; $left > 0; $left -= 50_000) { $text .= "--b\nContent-Type: $type\n\n" . filled($left < 50_000 ? $left : 50_000, $each) . "\n" }
		return "$text--b--\n";
	};
}

my %shape = (
	addresses   => sub { 'To: ' . filled($_[0], sub { "Member $_[1] <member$_[1]\@host$_[1].example.com>,\n\t" }) . "x\@example.org\n${head}\nhello\n" },
	attachment  => binary('application/octet-stream; name=a.bin', \&noise),
	'anchors of one link' => html(sub { "<a href=\"http://www.example.com/\">text $_[1]</a>\n" }),
	bodies      => bodies('text/plain', sub { "$_[0]\n" . ($_[1] % 9 ? '' : "\n") }),
	'bodies, HTML' => bodies('text/html', sub { "<p><b>$_[0]</b> <font size=2>$_[1]</font></p>\n" }),
	'bodies of links' => bodies('text/plain', sub { "see http://www.host$_[1].example.com/p/$_[1] or write to m$_[1]\@host$_[1].example.net\n" }),
	'bodies of prices' => bodies('text/plain', sub { "Dear friend, claim \$$_[1],000,000.00 USD now! V1AGRA c.i.a.l.i.s \xE2\x82\xAC$_[1] 100% free M0NEY b-a-n-k\n" }),
	brackets    => sub { 'To: ' . filled($_[0], sub { '(<"' }) . "\n${head}\nhello\n" },
	boundaries  => sub { "${head}Content-Type: multipart/mixed; boundary=b\n\n" . filled($_[0], sub { "--b\n" }) . "--b--\n" },
	comments    => html(sub { "<!-- $_[0] -->" }),
	divs        => html(sub { '<div>' }),
	'divs, other ends' => sub { "${head}Content-Type: text/html\n\n" . '<div>' x ($_[0] / 10) . '</span>' x ($_[0] / 14) },
	dots        => text(sub { "a$_[1].b.c.d-e.f " }),
	entities    => html(sub { '&eacute;&#8203;&#x41;&nbsp;' . ($_[1] % 100 ? '' : "\n") }),
	headers     => header(sub { "X-Note-$_[1]: $_[0]\n" }),
	html        => html(sub { "<p><b>$_[0]</b> <font size=2>$_[1]</font></p>\n" }),
	image       => binary('image/png; name=a.png', sub { "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\10\2\0\0\0" . noise($_[0]) }),
	line        => text(sub { "$_[0] " }),
	'line, one word' => text(sub { 'abcdefghij' }),
	'lines, empty' => text(sub { "\n" . ($_[1] % 15 ? '' : "x\n") }),
	links       => html(sub { "<a href=\"http://www.host$_[1].example.com/p/$_[1]\">$_[1]</a>\n" }),
	'links, one host' => html(sub { "<a href=\"http://www.example.com/p?$_[1]\">$_[1]</a>\n" }),
	'links, redirecting' => html(sub { "<a href=\"http://a$_[1].example.com/?u=http://b$_[1].example.net/?v=http%3A%2F%2Fc$_[1].example.org\">x</a>\n" }),
	'links in text' => text(sub { "see http://www.host$_[1].example.com/p/$_[1] or write to m$_[1]\@host$_[1].example.net\n" }),
	'links, nested' => html(sub { '<a href="' . join('', map { "http://h$_.example.com/?u=" } $_[1] * 300 .. $_[1] * 300 + 299) . "\">x</a>\n" }),
	'links, escaped' => html(sub { '<a href="http://' . ('%77%77%77.' x 100) . "h$_[1].example.com/\">x</a>\n" }),
	nested      => \&nested,
	parameters  => sub { 'Content-Type: text/plain; ' . filled($_[0], sub { "p$_[1]*0=\"$words[$_[1] % @words]\";\n\t" }) . "x=y\n${head}\nhello\n" },
	parts       => \&parts,
	pdf         => binary('application/pdf; name=a.pdf', sub { "%PDF-1.4\n" . filled($_[0], sub { "$_[1] 0 obj\n<< /Type /Annot /A << /S /URI /URI (http://h$_[1].example.com/) >> >>\nendobj\n" }) }),
	'quotes, open' => html(sub { "<a href=\"x$_[1] '>" }),
	quoted      => sub { "${head}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" . filled($_[0], sub { "=C3=A4$_[0]=\n" }) . "\n" },
	received    => header(sub { "Received: from h$_[1].example.org (h$_[1].example.org [198.51.100." . ($_[1] % 256) . "]) by mx.example.net with ESMTP id x$_[1]; Mon, 23 Nov 2026 10:00:01 +0000\n" }),
	style       => html(sub { "color:#fefef$_[1];font-size:1px;" }, '<span style="'),
	sections    => html(sub { "<![CDATA[ $_[0] <!x" }),
	styles      => html(sub { "<span style=\"color:#fefefe;font-size:1px\">$_[0]</span>\n" }),
	subject     => sub { 'Subject: ' . filled($_[0], sub { "=?utf-8?Q?$words[$_[1] % @words]=20?=\n " }) . "x\n${head}\nhello\n" },
	tables      => html(sub { '<tr>' . '<td width=10>cell</td>' x 5 . "</tr>\n" }, '<table>'),
	tags        => html(sub { '<div><span><table><tr><td>' }),
	text        => text(sub { "$_[0]\n" . ($_[1] % 9 ? '' : "\n") }),
	'text, UTF-8' => text(sub { "\xC3\xA9t\xC3\xA9 \xE4\xBC\x9A\xE8\xAE\xAE \xD0\xB2\xD1\x81\xD1\x82\xD1\x80\xD0\xB5\xD1\x87\xD0\xB0 $_[0]\n" }),
	'less than' => html(sub { '<a ' }),
	uuencoded   => text(sub { "begin 644 f$_[1]\n" . 'M' . ('A' x 60) . "\n`\nend\n" }),
	zeros       => binary('text/plain; name=a.txt', sub { "\0" x $_[0] }),
);

sub shapes { return sort keys %shape }
sub message { my ($shape, $bytes) = @_; return $shape{$shape}->($bytes) }

1;
