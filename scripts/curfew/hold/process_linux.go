package hold

import "syscall"

// attributes are how a command is started. Should this process be killed without a chance to say anything, the command
// gets SIGTERM. The kernel forgets that for a command that changes its user or gains capabilities (sudo), it does not tell
// what the command itself started, and a command may ignore it: what such a one still has is taken by the heartbeat, or
// the deadline.
// https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
func attributes(own bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: own, Pdeathsig: syscall.SIGTERM}
}
