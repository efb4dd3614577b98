//go:build unix

package hold

import (
	"os"
	"slices"
	"syscall"
)

// Signals and process groups.
//
// With a controlling terminal the command stays in the process group of this process, because the terminal belongs to a
// group: in another one the command could not read it, and Ctrl-C, Ctrl-\, Ctrl-Z and a changed window would not reach
// it. The kernel gives these to all of the group, so they are not passed on: a command that were interrupted twice would
// take it for "at once". SIGTERM and SIGHUP are sent to one process, and are passed on. Ctrl-Z stops both; a heartbeat
// that is needed is not told then.
//
// Without one (a pipeline, a service) the command has a group of its own, and gets each signal once, with all that it
// started: a supervisor that signals this process's group would reach the command a second time otherwise.

// Listen are the signals that [Holder.Signals] brings. SIGPIPE is among them so that a closed stderr does not kill this
// process, and with it the order to end. terminal: there is a controlling one.
func Listen(terminal bool) []os.Signal {
	all := slices.Concat(ending(), passed(), []os.Signal{syscall.SIGPIPE})
	if terminal {
		return all // what is left out does what the terminal means by it
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

func ending() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
}

func passed() []os.Signal { return []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2} }

// fatal reports whether a signal is meant to end what it reaches.
func fatal(s os.Signal) bool { return slices.Contains(ending(), s) }

// suspends reports whether a signal is meant to stop a process for a while.
func suspends(s os.Signal) bool { return s == syscall.SIGTSTP }

// suspend stops this process until it is continued.
func suspend() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) } // to oneself it cannot fail

// number is a signal's; 0 if there is none.
func number(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return int(n)
	}
	return 0
}

// Code is what a shell gives for what died of the signal.
func (e *SignalError) Code() int { return 128 + number(e.Signal) }

// pass gives the command a signal that this process got.
func (p *process) pass(s os.Signal) {
	switch {
	case s == syscall.SIGPIPE:
	case !p.own && (s == syscall.SIGINT || s == syscall.SIGQUIT): // the terminal gave it to the command as well
	default:
		p.send(s)
		if suspends(s) {
			suspend()
		}
	}
}

func (p *process) terminate() { p.send(syscall.SIGTERM) }
func (p *process) kill()      { p.send(syscall.SIGKILL) }

// send fails only if the command is gone, or is somebody else's by now (sudo): neither can be helped.
func (p *process) send(s os.Signal) {
	if p.own {
		_ = syscall.Kill(-p.Pid, s.(syscall.Signal))
		return
	}
	_ = p.Signal(s)
}

// signalOf is the signal that a process died of.
func signalOf(state *os.ProcessState) (int, bool) {
	w, ok := state.Sys().(syscall.WaitStatus)
	return int(w.Signal()), ok && w.Signaled()
}
