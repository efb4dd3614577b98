//go:build unix && !linux

package hold

import "syscall"

// attributes are how a command is started. A command is not signalled when this process is killed: the heartbeat or the
// deadline ends its access.
func attributes(own bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: own} }
