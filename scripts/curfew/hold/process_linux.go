package hold

import "syscall"

// attributes are how a command is started. If this process is killed, the kernel sends the command SIGTERM. Not if the
// command changes its user or gains capabilities (sudo), and not to what the command started. The heartbeat or the
// deadline ends the access of those.
// https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
func attributes(own bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: own, Pdeathsig: syscall.SIGTERM}
}
