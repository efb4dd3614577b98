//go:build unix && !linux

package hold

import "syscall"

// attributes are how a command is started. Here nothing tells a command that this process was killed: it goes on, and the
// heartbeat or the deadline takes its access.
func attributes(own bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: own} }
