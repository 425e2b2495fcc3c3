# Runs a command and does what the first process of a machine does: it adopts and reaps orphans. In containers often nobody does, and
# every process that its parent left behind then counts against the user's limit for ever. Exits as the command does, once
# nobody is left.
use strict;
my $number = (qx(uname -m) =~ /aarch64/) ? 167 : 157; # prctl
syscall($number, 36, 1, 0, 0, 0) == 0 or die "PR_SET_CHILD_SUBREAPER: $!"; # 36: PR_SET_CHILD_SUBREAPER
my $main = fork() // die "fork: $!";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!" if $main == 0;
my $status = 0;
while ((my $pid = wait()) != -1) { $status = ($? & 127) ? 128 + ($? & 127) : $? >> 8 if $pid == $main }
exit $status;
