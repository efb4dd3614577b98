//go:build unix

package hold

import (
	"os"
	"slices"
	"syscall"
)

// Signals and process groups.
//
// With a controlling terminal the command stays in this process's group: in another group it could not read the
// terminal, or get Ctrl-C, Ctrl-\, Ctrl-Z and window changes. The kernel sends those to the whole group, so they are
// not passed on: many commands take a second Ctrl-C for "at once". SIGTERM and SIGHUP come to one process, and are
// passed on. Ctrl-Z stops both processes, and heartbeats with them.
//
// Without a terminal (a pipeline, a service) the command has its own group, and gets each signal once, with its
// children. In a shared group, a supervisor that signals the group would reach the command twice.

// Listen returns the signals for [Holder.Signals]. SIGPIPE is one, so that a closed stderr does not kill this process
// before it orders the end. terminal: there is a controlling terminal.
func Listen(terminal bool) []os.Signal {
	all := slices.Concat(fatalSignals(), passedSignals(), []os.Signal{syscall.SIGPIPE})
	if terminal {
		return all // the terminal's own signals keep their default effect
	}
	return append(all, syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGWINCH)
}

// HasTerminal reports whether this process has a controlling terminal.
func HasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

func fatalSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
}

func passedSignals() []os.Signal { return []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2} }

// isFatal reports whether a signal asks a process to end.
func isFatal(s os.Signal) bool { return slices.Contains(fatalSignals(), s) }

// isSuspend reports whether a signal stops a process until it is continued.
func isSuspend(s os.Signal) bool { return s == syscall.SIGTSTP }

// suspend stops this process until it is continued.
func suspend() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) } // a process may always signal itself

// signalNumber returns a signal's number; 0 if it has none.
func signalNumber(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return int(n)
	}
	return 0
}

// Code returns the exit code that a shell gives for this signal.
func (e *SignalError) Code() int { return 128 + signalNumber(e.Signal) }

// pass sends the command a signal that this process got.
func (p *process) pass(s os.Signal) {
	switch {
	case s == syscall.SIGPIPE:
	case !p.hasOwnGroup && (s == syscall.SIGINT || s == syscall.SIGQUIT): // the terminal sent it to the command as well
	default:
		p.send(s)
		if isSuspend(s) {
			suspend()
		}
	}
}

func (p *process) terminate() { p.send(syscall.SIGTERM) }
func (p *process) kill()      { p.send(syscall.SIGKILL) }

// send ignores errors: the command is gone, or belongs to another user (sudo).
func (p *process) send(s os.Signal) {
	if p.hasOwnGroup {
		_ = syscall.Kill(-p.Pid, s.(syscall.Signal))
		return
	}
	_ = p.Signal(s)
}

// signalOf returns the signal that killed a process.
func signalOf(state *os.ProcessState) (int, bool) {
	w, ok := state.Sys().(syscall.WaitStatus)
	return int(w.Signal()), ok && w.Signaled()
}
